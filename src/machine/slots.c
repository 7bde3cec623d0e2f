/*
 * Places on the PCI bus.  What says its place gets it: attributes by their number, resources by pci-slot. The
 * rest takes the first free place of its kind, in the order of the configuration, so that the same
 * configuration gives the same places at every boot.
 *
 *   0 host bridge   3 CD-ROMs (or 7)   6, 12 network    10 random numbers   29 cloud-init seed
 *   1 LPC bridge    4 boot disk        9 passthrough    11 shared dirs      30 screen and tablet
 *                   5, 8 disks                          13-28 others        31 LPC bridge for Windows
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "machine/builder.h"

struct place {
        const char *owner[32][8]; /* bus 0: who has it */
};

static unsigned address(const struct machine_device *d)
{
        return (unsigned)d->addr.bus << 8 | (unsigned)d->addr.slot << 3 | d->addr.function;
}

/* Slots that the board fills whole: nothing else can be put there. */
static bool board_slot(const struct builder *b, unsigned slot)
{
        const struct machine_device *bridge = machine_next(b->m, ROLE_HOSTBRIDGE, NULL);
        bool q35 = bridge && bridge->option.n == 1 && strcmp(bridge->option.v[0], "model=q35") == 0;

        return slot <= 1 || (slot == 31 && (q35 || b->m->type == GUEST_WINDOWS));
}

static void claim(struct builder *b, struct place *place, size_t i)
{
        const struct machine_device *d = &b->m->device[i];
        const char *taken = NULL;

        if (machine_device_is_ide(d))
                return;
        if (d->addr.bus == 0) {
                if (d->addr_fixed && board_slot(b, d->addr.slot)) {
                        problem(b, "%s: PCI slot %u belongs to the board", d->where, d->addr.slot);
                        return;
                }
                taken = place->owner[d->addr.slot][d->addr.function];
                if (!taken)
                        place->owner[d->addr.slot][d->addr.function] = d->where;
        }
        for (size_t k = 0; d->addr.bus && k < i && !taken; k++)
                if (!b->m->device[k].addr_dynamic && address(&b->m->device[k]) == address(d))
                        taken = b->m->device[k].where;
        if (taken)
                problem(b, "%s and %s are both at PCI %u:%u:%u", taken, d->where, d->addr.bus, d->addr.slot,
                        d->addr.function);
}

static bool take(struct place *place, struct machine_device *d, unsigned slot, unsigned functions)
{
        for (unsigned f = 0; f < functions; f++)
                if (!place->owner[slot][f]) {
                        place->owner[slot][f] = str_empty(d->where);
                        d->addr = (struct pci_addr){.slot = (uint8_t)slot, .function = (uint8_t)f};
                        return true;
                }
        return false;
}

static bool choose(const struct builder *b, struct place *place, struct machine_device *d)
{
        /* A QEMU machine hands out its slots one after the other, in the order of its devices. */
        for (unsigned slot = 3; b->m->kvm && slot <= 31; slot++)
                if (take(place, d, slot, 1))
                        return true;
        if (b->m->kvm)
                return false;
        switch (d->role) {
        case ROLE_CDROM:
                return take(place, d, b->cd_slot, 8);
        case ROLE_BOOTDISK:
                return take(place, d, 4, 1);
        case ROLE_DISK:
                return take(place, d, 5, 8) || take(place, d, 8, 8);
        case ROLE_NET:
                return take(place, d, 6, 8) || take(place, d, 12, 8);
        case ROLE_PASSTHRU:
                return take(place, d, 9, 8);
        case ROLE_RNG:
                return take(place, d, 10, 8);
        case ROLE_VIRTFS:
                return take(place, d, 11, 8);
        default:
                for (unsigned slot = 13; slot <= 28; slot++)
                        if (take(place, d, slot, 1))
                                return true;
                return false;
        }
}

/* Argument order: by role, then by place. */
static int compare(const void *x, const void *y)
{
        static const char order[] = {
            [ROLE_CLOUD_INIT] = 0, [ROLE_HOSTBRIDGE] = 1, [ROLE_LPC] = 2,     [ROLE_CDROM] = 3,
            [ROLE_BOOTDISK] = 4,   [ROLE_DISK] = 5,       [ROLE_NET] = 6,     [ROLE_FBUF] = 7,
            [ROLE_TABLET] = 8,     [ROLE_PASSTHRU] = 9,   [ROLE_VIRTFS] = 10, [ROLE_RNG] = 11,
            [ROLE_OTHER] = 12,
        };
        const struct machine_device *a = x, *b = y;

        if (a->role != b->role)
                return order[a->role] - order[b->role];
        return address(a) != address(b) ? (int)address(a) - (int)address(b) : (int)a->index - (int)b->index;
}

void slots_assign(struct builder *b)
{
        struct machine *m = b->m;
        struct place place = {0};

        for (size_t i = 0; i < m->n_device; i++)
                if (!m->device[i].addr_dynamic)
                        claim(b, &place, i);
        for (size_t i = 0; i < m->n_device; i++) {
                struct machine_device *d = &m->device[i];

                if (!d->addr_dynamic || choose(b, &place, d))
                        continue;
                if (d->role == ROLE_BOOTDISK)
                        problem(b, "%s and %s are both at PCI 0:4:0", place.owner[4][0], d->where);
                else
                        problem(b, "%s: no more available slots", d->where);
        }
        if (m->n_device > 1)
                qsort(m->device, m->n_device, sizeof(*m->device), compare);
}
