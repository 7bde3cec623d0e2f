/*
 * Devices of the host: finds what the arguments name, takes each one's IOMMU group for this zone, and puts
 * what the engine needs of VFIO into the jail.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ppt/ppt.h"
#include "zoneadmd/open.h"

_Static_assert(__builtin_strcmp(JAIL_VFIO_DIR, BHYVE_VFIO_DIR) == 0 &&
                   __builtin_strcmp(JAIL_VFIO_ROM, BHYVE_VFIO_ROM) == 0,
               "zhyve looks where the jail has them");

/* A group that this zone has taken already holds several of its devices. */
static int take_group(struct daemon *d, struct handover *h, const struct ppt *dev, struct error *err)
{
        int lock, r;

        for (size_t i = 0; i < h->n_pci; i++)
                if (h->pci[i].group == (unsigned)dev->group)
                        return 0;
        r = ppt_lock(&d->root, dev, d->zone, &lock, err);
        if (r < 0)
                return r;
        /* The engine holds the lock as well: it outlives a zoneadmd that is killed. */
        r = handover_add(h, lock, err);
        return r < 0 ? r : 0;
}

int passthru_take(struct daemon *d, struct handover *h, const struct need *need, struct error *err)
{
        __attribute__((cleanup(ppts_free))) struct ppts list = {0};
        const struct ppt *dev = NULL; /* stays so if it is refused */
        int r;

        if (h->n_pci >= MAX_PCI)
                return error_set(err, E2BIG, "more than %d devices of the host for one machine", MAX_PCI);
        r = ppt_load(&d->root, true, &list, err);
        if (r == 0)
                r = ppt_for_zone(d->cfg, &list, need->path, &dev, err);
        if (!dev)
                return r;
        for (size_t i = 0; i < h->n_pci; i++)
                if (strcmp(h->pci[i].address, dev->address) == 0)
                        return error_set(err, EBUSY, "%s: the machine has %s already", need->path,
                                         dev->address);
        r = take_group(d, h, dev, err);
        if (r < 0)
                return r;
        memcpy(h->pci_address[h->n_pci], dev->address, sizeof(dev->address));
        h->pci[h->n_pci] = (struct jail_vfio){
            .address = h->pci_address[h->n_pci], .group = (unsigned)dev->group, .rom_fd = -1};
        r = handover_engine(
            h,
            &(struct engine_fd){
                .kind = NEED_PCI, .path = need->path, .fd = -1, .host = h->pci_address[h->n_pci]},
            err);
        h->n_pci++;
        return r;
}

void passthru_rom(struct handover *h, int fd)
{
        /* The need for a ROM follows its device's; see bhyve_needs(). */
        if (h->n_pci == 0 || h->pci[h->n_pci - 1].rom_fd >= 0)
                close(fd);
        else
                h->pci[h->n_pci - 1].rom_fd = fd;
}

void passthru_close(struct handover *h)
{
        for (size_t i = 0; i < h->n_pci; i++)
                cleanup_close(&h->pci[i].rom_fd);
        h->n_pci = 0;
}

int passthru_give(struct daemon *d, struct handover *h, struct error *err)
{
        return h->n_pci == 0 ? 0 : jail_vfio(&d->jail, h->pci, h->n_pci, err);
}
