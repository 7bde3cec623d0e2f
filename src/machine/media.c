/*
 * Media that are attached for one boot (zoneadm boot -i, -c): an image to boot from, before every disk, and a
 * configuration disk, behind all of them, so that no disk of the machine gets another name in the guest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"
#include "machine/machine.h"

#define BOOT_SLOT  2  /* the one between the board and the first CD-ROM */
#define FIRST_SLOT 13 /* where devices without a place of their own kind are */
#define LAST_SLOT  28
#define BOOTINDEX  "bootindex="
#define INDEX_MAX  9999 /* what the front end takes */

/*
 * The arguments as the front end reads them: extra can put a device anywhere.  NULL if there is no extra, or
 * one that is not understood, which is for others to say.
 */
static int parse_extra(const struct machine *m, struct bconf **ret)
{
        _cleanup_(bconf_freep) struct bconf *tree = NULL;
        _cleanup_(strv_free) struct strv args = {0};

        *ret = NULL;
        if (m->kvm || m->extra.n == 0)
                return 0;
        tree = bconf_new();
        strv_add(&args, "bhyve");
        if (!tree || machine_to_bhyve(m, &args, NULL) < 0)
                return -ENOMEM;
        if (bhyve_parse((int)args.n, args.v, tree, NULL) == 0)
                *ret = TAKE_PTR(tree);
        return 0;
}

static bool slot_free(const struct machine *m, const struct bconf *tree, unsigned slot)
{
        char node[16];

        for (size_t i = 0; i < m->n_device; i++)
                if (!machine_device_is_ide(&m->device[i]) && m->device[i].addr.bus == 0 &&
                    m->device[i].addr.slot == slot)
                        return false;
        snprintf(node, sizeof(node), "pci.0.%u", slot);
        if (tree && bconf_child(tree, node, 0))
                return false;
        /* The screen of a kvm machine has this slot without being asked. */
        return !(m->kvm && slot == BOOT_SLOT);
}

/* The slot that is wanted, or the last free one; 0: there is none. */
static unsigned find_slot(const struct machine *m, const struct bconf *tree, unsigned wanted)
{
        if (wanted && slot_free(m, tree, wanted))
                return wanted;
        for (unsigned slot = LAST_SLOT; slot >= FIRST_SLOT; slot--)
                if (slot_free(m, tree, slot))
                        return slot;
        return 0;
}

static int attach(struct machine *m, const char *emulation, const char *path, const char *where,
                  unsigned slot, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *tree = NULL;
        struct machine_device *d;
        unsigned place;

        if (parse_extra(m, &tree) < 0)
                return error_nomem(err);
        place = find_slot(m, tree, slot);
        d = reallocarray(m->device, m->n_device + 1, sizeof(*d));
        if (!d)
                return error_nomem(err);
        m->device = d;
        d += m->n_device++;
        *d = (struct machine_device){.role = ROLE_MEDIA,
                                     .addr = {.slot = (uint8_t)place},
                                     .addr_fixed = true,
                                     .emulation = strdup(emulation),
                                     .backend = strdup(path),
                                     .where = strdup(where)};
        strv_add(&d->option, "ro");
        if (!d->emulation || !d->backend || !d->where || d->option.failed)
                return error_nomem(err);
        return place ? 0 : error_set(err, ENOSPC, "%s: no more available slots", where);
}

/* One place later in the boot order for everything that has said its own. */
static int step_back(struct machine *m, struct error *err)
{
        for (size_t i = 0; i < m->n_device; i++) {
                struct strv *option = &m->device[i].option, moved = {0};

                m->device[i].boot += m->device[i].boot > 0;
                for (size_t k = 0; k < option->n; k++) {
                        const char *word = option->v[k];
                        unsigned long index = str_starts(word, BOOTINDEX)
                                                  ? strtoul(word + strlen(BOOTINDEX), NULL, 10)
                                                  : INDEX_MAX;

                        if (index < INDEX_MAX)
                                strv_addf(&moved, BOOTINDEX "%lu", index + 1);
                        else
                                strv_add(&moved, word);
                }
                strv_free(option);
                *option = moved;
                if (moved.failed)
                        return error_nomem(err);
        }
        return 0;
}

int machine_attach_boot_media(struct machine *m, struct error *err)
{
        int r;

        /* UEFI firmware is told by its variables (uefi/bootlist.h). */
        r = m->uefi ? 0 : step_back(m, err);
        if (r == 0)
                r = attach(m, "ahci-cd", MACHINE_BOOT_MEDIA, "boot -i", BOOT_SLOT, err);
        if (r == 0 && !m->uefi)
                m->device[m->n_device - 1].boot = 1;
        return r;
}

int machine_attach_config_disk(struct machine *m, struct error *err)
{
        return attach(m, "virtio-blk", MACHINE_CONFIG_DISK, "boot -c", 0, err);
}

const struct machine_device *machine_boot_media(const struct machine *m)
{
        for (const struct machine_device *d = NULL; (d = machine_next(m, ROLE_MEDIA, d));)
                if (streq_null(d->backend, MACHINE_BOOT_MEDIA))
                        return d;
        return NULL;
}
