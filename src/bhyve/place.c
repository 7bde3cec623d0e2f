/*
 * Where devices sit.  Guests remember PCI addresses, so every device gets exactly the address of the
 * arguments; where the engine's board has a device of its own at that address, the machine is refused.
 *
 * The boards: "pc" (i440FX) has its host bridge at slot 0 and the ISA bridge at slot 1; "q35" has them at 0
 * and 31.  A host bridge whose model says nothing about the board (amd, netapp, none) takes the one on which
 * all addresses are free, and of two such the one whose ISA bridge is where the arguments have lpc.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/engine.h"

static bool is_hostbridge(const struct pci_dev *dev)
{
        return strcmp(dev->device, "hostbridge") == 0 || strcmp(dev->device, "amd_hostbridge") == 0;
}

/* Devices that the board has already. */
bool is_board(const struct pci_dev *dev)
{
        return is_hostbridge(dev) || strcmp(dev->device, "lpc") == 0 || strcmp(dev->device, "ide") == 0;
}

static bool slot_in_use(const struct build *b, unsigned slot)
{
        for (size_t i = 0; i < b->devs.n; i++)
                if (b->devs.v[i].slot == slot && !is_board(&b->devs.v[i]))
                        return true;
        return false;
}

static bool wants_q35(const struct build *b)
{
        bool lpc_at_31 = false;

        for (size_t i = 0; i < b->devs.n; i++)
                lpc_at_31 |= strcmp(b->devs.v[i].device, "lpc") == 0 && b->devs.v[i].slot == 31;
        return (lpc_at_31 || slot_in_use(b, 1)) && !slot_in_use(b, 31);
}

static int choose_board(struct build *b)
{
        const char *model = NULL;

        for (size_t i = 0; i < b->devs.n; i++)
                if (strcmp(b->devs.v[i].device, "hostbridge") == 0)
                        model = bconf_getf(b->c, "%s.model", b->devs.v[i].node);

        if (model && strcmp(model, "q35") == 0)
                b->q35 = true;
        else if (model && strcmp(model, "i440fx") == 0)
                b->q35 = false;
        else if (!model || strcmp(model, "amd") == 0 || strcmp(model, "netapp") == 0)
                b->q35 = wants_q35(b);
        else
                return error_set(b->err, EINVAL,
                                 "hostbridge: unknown model '%s' (it is one of amd, i440fx, netapp, q35)",
                                 model);
        b->bus = b->q35 ? "pcie.0" : "pci.0";
        return 0;
}

static int check_place(struct build *b, const struct pci_dev *dev)
{
        unsigned isa = b->q35 ? 31 : 1;

        if (dev->bus != 0)
                return error_set(b->err, ENOTSUP, "%s: %s: the board has only PCI bus 0", dev->node,
                                 dev->device);
        if (is_hostbridge(dev) && (dev->slot != 0 || dev->func != 0))
                return error_set(b->err, ENOTSUP, "%s: %s: the board has one host bridge, at 0:0", dev->node,
                                 dev->device);
        if (strcmp(dev->device, "ide") == 0 && (b->q35 || dev->slot != 1 || dev->func != 1))
                return error_set(b->err, EINVAL, "%s: ide: the controller is at 0:1:1 of the i440fx board",
                                 dev->node);
        if (is_board(dev) || (dev->slot != 0 && dev->slot != isa))
                return 0;
        return error_set(b->err, ENOTSUP, "%s: %s: slot %u belongs to the %s of the %s board", dev->node,
                         dev->device, dev->slot, dev->slot == 0 ? "host bridge" : "ISA bridge (lpc)",
                         b->q35 ? "q35" : "i440fx");
}

/* The board has one ISA bridge, and where it has it.  Who configures a zone has not chosen the place. */
static int check_lpc(struct build *b)
{
        const struct pci_dev *lpc = NULL;
        unsigned isa = b->q35 ? 31 : 1;

        for (size_t i = 0; i < b->devs.n; i++) {
                const struct pci_dev *dev = &b->devs.v[i];

                if (strcmp(dev->device, "lpc") != 0)
                        continue;
                if (lpc)
                        return error_set(b->err, EINVAL, "%s: lpc: there is one LPC bridge, and %s is it",
                                         dev->node, lpc->node);
                lpc = dev;
        }
        if (!b->zone && lpc && (lpc->slot != isa || lpc->func != 0))
                notice(b, "%s: lpc: the %s board has it at 0:%u:0", lpc->node, b->q35 ? "q35" : "i440fx",
                       isa);
        return 0;
}

int place_devices(struct build *b)
{
        int r;

        r = choose_board(b);
        for (size_t i = 0; r == 0 && i < b->devs.n; i++)
                r = check_place(b, &b->devs.v[i]);
        return r < 0 ? r : check_lpc(b);
}

/*
 * A guest that finds nothing at function 0 does not look at the others, so a hole there gets a pci-testdev:
 * two small BARs, no interrupt, no class that any operating system has a driver for.
 */
int emit_placeholders(struct build *b)
{
        for (unsigned slot = 1; slot < 32; slot++) {
                bool first = false, others = false;

                for (size_t i = 0; i < b->devs.n; i++) {
                        const struct pci_dev *dev = &b->devs.v[i];

                        if (dev->slot == slot && !is_board(dev))
                                *(dev->func == 0 ? &first : &others) = true;
                }
                if (first || !others)
                        continue;
                strv_add(b->out, "-device");
                strv_addf(b->out, "pci-testdev,id=hole.%u,bus=%s,addr=0x%x,multifunction=on", slot, b->bus,
                          slot);
        }
        return 0;
}
