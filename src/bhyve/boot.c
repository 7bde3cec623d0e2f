/*
 * The boot order.  bhyve's CSM firmware tries disks and CDs in the order of their PCI addresses, so SeaBIOS
 * is told that order; devices with an explicit bootindex come first.  UEFI keeps its order in its variables,
 * which an explicit order from outside would override at every boot, so there only what was said is passed
 * on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/engine.h"

static int add(struct build *b, const char *id, int bootindex)
{
        struct boot_entry *grown = reallocarray(b->boot, b->n_boot + 1, sizeof(*grown));

        if (!grown)
                return error_nomem(b->err);
        b->boot = grown;
        grown[b->n_boot].bootindex = bootindex;
        snprintf(grown[b->n_boot++].id, sizeof(grown->id), "%s", id);
        return 0;
}

static int add_port(const struct pci_dev *dev, unsigned port, const struct disk *disk, void *arg)
{
        (void)dev;
        (void)port;
        return add(arg, disk->id, disk->bootindex);
}

static int add_device(struct build *b, const struct pci_dev *dev)
{
        struct disk disk;
        int index, r;

        if (strcmp(dev->device, "ahci") == 0 || strcmp(dev->device, "ide") == 0)
                return ahci_each(b->c, dev, add_port, b, b->err);
        if (strcmp(dev->device, "virtio-blk") == 0 ||
            (strcmp(dev->device, "nvme") == 0 && !bconf_getf(b->c, "%s.ram", dev->node))) {
                r = disk_read(b->c, dev->node, dev->node, false, &disk, b->err);
                return r < 0 ? r : add(b, dev->node, disk.bootindex);
        }
        r = bootindex_read(b->c, dev->node, &index, b->err);
        if (r < 0 || (index < 0 && strcmp(dev->device, "virtio-scsi") != 0))
                return r;
        return add(b, dev->node, index);
}

int boot_collect(struct build *b)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < b->devs.n; i++)
                r = add_device(b, &b->devs.v[i]);
        return r;
}

/* True if a comes before b: said ones by number, then the others by address, which is the order of the list.
 */
static bool before(const struct boot_entry *a, const struct boot_entry *b)
{
        if ((a->bootindex < 0) != (b->bootindex < 0))
                return a->bootindex >= 0;
        return a->bootindex != b->bootindex ? a->bootindex < b->bootindex : a < b;
}

void put_bootindex(struct build *b, struct strbuf *text, const char *id)
{
        const struct boot_entry *self = NULL;
        unsigned rank = 0;

        for (size_t i = 0; i < b->n_boot; i++)
                if (strcmp(b->boot[i].id, id) == 0)
                        self = &b->boot[i];
        if (!self || (b->uefi && self->bootindex < 0))
                return;
        for (size_t i = 0; i < b->n_boot; i++)
                rank += before(&b->boot[i], self);
        strbuf_printf(text, ",bootindex=%u", rank);
}
