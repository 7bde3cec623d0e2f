/*
 * What a machine opens on the host: the arguments are asked and not the devices, so that what extra names
 * counts too.  Where the arguments are not understood, the disks, directories and PCI devices have to do.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"
#include "machine/builder.h"
#include "machine/uses.h"

struct uses {
        struct machine_use *use;
        size_t n;
};

void machine_uses_free(struct machine_use *uses, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(uses[i].path);
                free(uses[i].where);
        }
        free(uses);
}

static int add(struct uses *u, const char *path, const char *where, struct machine_use flags)
{
        struct machine_use *grown = reallocarray(u->use, u->n + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        u->use = grown;
        flags.path = strdup(path);
        flags.where = strdup(where);
        u->use[u->n++] = flags;
        return flags.path && flags.where ? 0 : -ENOMEM;
}

/* What is no NAME=PATH was found by the builder. */
static int add_share(struct uses *u, const struct machine_device *d)
{
        const char *path = strchr(str_empty(d->backend), '=');
        struct machine_use flags = {.kind = USE_DIR};

        for (size_t i = 0; i < d->option.n; i++)
                flags.read_only |= strcmp(d->option.v[i], "ro") == 0;
        return path ? add(u, path + 1, d->where, flags) : 0;
}

static int from_devices(const struct machine *m, struct uses *u)
{
        int r = 0;

        for (size_t i = 0; i < m->n_device && r == 0; i++)
                if (device_is_disk(&m->device[i]))
                        r = add(u, m->device[i].backend, m->device[i].where,
                                (struct machine_use){.read_only = machine_device_reads_only(&m->device[i])});
                else if (m->device[i].role == ROLE_PASSTHRU)
                        r = add(u, str_empty(m->device[i].backend), m->device[i].where,
                                (struct machine_use){.kind = USE_PCI});
                else if (m->device[i].role == ROLE_VIRTFS)
                        r = add_share(u, &m->device[i]);
        return r;
}

/* Who asked for a serial line of the board; extra can give it another end. */
static const char *who_line(const struct machine *m, const struct need *need)
{
        unsigned i = (unsigned)need->device[strlen("com")] - '1';
        const char *line = i < ARRAY_SIZE(m->com) ? m->com[i] : NULL;

        if (line && str_starts(line, "socket,"))
                line += strlen("socket,");
        return streq_null(line, need->path) ? m->com_where[i] : "attr extra";
}

/* Who asked for it: the device at that place, a serial port or the firmware of the board, or extra. */
static const char *who(const struct machine *m, const struct need *need)
{
        const char *there = NULL;

        for (size_t i = 0; i < m->n_device; i++) {
                const struct machine_device *d = &m->device[i];
                bool same = streq_null(d->backend, need->path);
                char place[32];

                snprintf(place, sizeof(place), "pci.%u.%u.%u", d->addr.bus, d->addr.slot, d->addr.function);
                if (same && (machine_device_is_ide(d) || strcmp(place, need->device) == 0))
                        return d->where;
                /* Several share a controller; extra can give one of them another path. */
                if (strcmp(place, need->device) == 0)
                        there = d->where;
        }
        if (there)
                return there;
        if (str_starts(need->device, "com"))
                return who_line(m, need);
        if (need->kind == NEED_ROM && streq_null(bhyve_firmware_code(m->bootrom), need->path))
                return "bootrom";
        return "attr extra";
}

/* What the boot makes itself, or does not look at. */
static bool is_own(const struct machine *m, const struct need *need)
{
        switch (need->kind) {
        case NEED_CONSOLE:
        case NEED_TPM:
        case NEED_MEMORY:
                return true;
        case NEED_VNC:
                return need->path[0] != '/';
        case NEED_VARS:
                return m->uefi && strcmp(need->path, MACHINE_UEFIVARS) == 0;
        default:
                return m->cloud_init_seed && strcmp(need->path, MACHINE_CLOUD_INIT_ISO) == 0;
        }
}

static struct machine_use use_of(const struct need *need)
{
        static const enum machine_use_kind kinds[] = {
            [NEED_DISK] = USE_DISK,     [NEED_DISK_RO] = USE_DISK, [NEED_PCI_ROM] = USE_DISK,
            [NEED_ROM] = USE_FIRMWARE,  [NEED_VARS] = USE_VARS,    [NEED_NET] = USE_LINK,
            [NEED_SOCKET] = USE_SOCKET, [NEED_VNC] = USE_SOCKET,   [NEED_TTY] = USE_LINE,
            [NEED_DIR] = USE_DIR,       [NEED_DIR_RO] = USE_DIR,   [NEED_PCI] = USE_PCI,
        };
        enum need_kind kind = need->kind;

        return (struct machine_use){
            .kind = kinds[kind],
            .read_only =
                kind == NEED_DISK_RO || kind == NEED_DIR_RO || kind == NEED_ROM || kind == NEED_PCI_ROM,
            .net = need->net,
        };
}

static int from_needs(const struct machine *m, const struct needs *needs, struct uses *u)
{
        int r = 0;

        for (size_t i = 0; i < needs->n && r == 0; i++)
                if (!is_own(m, &needs->need[i]))
                        r = add(u, needs->need[i].path, who(m, &needs->need[i]), use_of(&needs->need[i]));
        return r;
}

int uses_from_tree(const struct machine *m, const struct bconf *tree, struct machine_use **ret, size_t *ret_n,
                   struct error *err)
{
        struct needs needs = {0};
        struct uses u = {0};
        int r = bhyve_needs(tree, &needs, err);

        if (r < 0)
                return r;
        r = from_needs(m, &needs, &u);
        needs_free(&needs);
        if (r < 0) {
                machine_uses_free(u.use, u.n);
                return error_nomem(err);
        }
        *ret = u.use;
        *ret_n = u.n;
        return 0;
}

/* -EINVAL when the front end does not understand the arguments. */
static int uses_from_arguments(const struct machine *m, struct machine_use **ret, size_t *ret_n)
{
        _cleanup_(bconf_freep) struct bconf *tree = bconf_new();
        struct error err = {0};
        struct strv args = {0};
        int r;

        strv_add(&args, "bhyve");
        r = tree ? machine_to_zhyve(m, &args, &err) : -ENOMEM;
        if (r == 0 && bhyve_parse((int)args.n, args.v, tree, &err) != 0)
                r = -EINVAL;
        strv_free(&args);
        return r < 0 ? r : uses_from_tree(m, tree, ret, ret_n, &err);
}

int machine_uses(const struct machine *m, struct machine_use **ret, size_t *ret_n)
{
        struct uses u = {0};
        int r = uses_from_arguments(m, ret, ret_n);

        if (r == 0 || r == -ENOMEM)
                return r;
        r = from_devices(m, &u);
        if (r < 0) {
                machine_uses_free(u.use, u.n);
                return r;
        }
        *ret = u.use;
        *ret_n = u.n;
        return 0;
}
