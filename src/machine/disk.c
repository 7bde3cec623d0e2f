/*
 * Disks and CD-ROMs that attributes describe.  A disk is PATH[,option...]; a path without a leading slash is
 * a volume, POOL/NAME.
 */
#include <string.h>

#include "base/cleanup.h"
#include "machine/builder.h"

static const char *const disk_models[] = {"virtio-blk", "ahci-hd", "ahci-cd", "nvme", NULL};

/* What is said of a disk by other words. */
static void check_options(struct builder *b, const char *where, const char *options)
{
        static const char *const barred[] = {"path=", "device="};
        size_t n = strlen(options);

        if (options[0] == ',' || strstr(options, ",,") || (n > 0 && options[n - 1] == ','))
                problem(b, "%s: an option is needed after each comma", where);
        for (const char *p = options; *p; p += strcspn(p, ","), p += *p == ',')
                for (size_t i = 0; i < ARRAY_SIZE(barred); i++)
                        if (str_starts(p, barred[i]))
                                problem(b, "%s: %.*s: not an option of a disk", where, (int)strcspn(p, ","),
                                        p);
}

struct machine_device *disk_add(struct builder *b, enum machine_role role, const char *model,
                                const char *value, const char *where)
{
        size_t n = strcspn(value, ",");
        struct machine_device *d =
            device_add(b, role, model,
                       keepf(b, "%s%.*s", value[0] == '/' ? "" : MACHINE_ZVOL_DIR, (int)n, value), where);

        if (n == 0)
                problem(b, "%s: the path of a disk is needed", where);
        else if (value[n] == ',' && value[n + 1] == '\0')
                problem(b, "%s %s: an option is needed after the comma", where, value);
        check_options(b, where, value[n] ? value + n + 1 : "");
        device_options(d, value[n] ? value + n + 1 : "");
        return d;
}

static const char *disk_model(struct builder *b, const char *attr, const char *def)
{
        const char *value = attr_get(b, attr);

        if (!value)
                return def;
        value = alias_disk(value, false);
        if (word_in(value, disk_models))
                return value;
        problem(b, "attr %s %s: virtio-blk (virtio), ahci-hd (ahci), ahci-cd or nvme is needed", attr,
                *value ? value : "(empty)");
        return def;
}

static void build_cdroms(struct builder *b)
{
        struct numbered cd = {.name = "cdrom", .limit = 8, .plain = true};

        attr_numbered(b, &cd);
        for (unsigned i = 0; i < cd.limit; i++) {
                struct machine_device *d;

                if (!cd.value[i])
                        continue;
                const char *where = keepf(b, "attr cdrom%u", i);

                if (cd.value[i][0] != '/') {
                        problem(b, "%s %s: the absolute path of an image is needed", where, cd.value[i]);
                        continue;
                }
                d = disk_add(b, ROLE_CDROM, "ahci-cd", cd.value[i], where);
                strv_add(&d->option, "ro");
                d->index = i;
                device_place(d, b->cd_slot, i);
        }
}

const char *disk_identity(const char *backend)
{
        static const char *const dirs[] = {MACHINE_ZVOL_DIR, "/dev/zvol/dsk/"};

        for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
                if (str_starts(backend, dirs[i]))
                        return backend + strlen(dirs[i]);
        return backend;
}

bool device_is_disk(const struct machine_device *d)
{
        return (d->role == ROLE_BOOTDISK || d->role == ROLE_DISK || d->role == ROLE_CDROM) && d->backend &&
               *d->backend;
}

/* Several may read one image, a CD-ROM and another; but none beside one that writes. */
static bool clash(const struct machine_device *a, const struct machine_device *b)
{
        return device_is_disk(a) && device_is_disk(b) &&
               !(machine_device_reads_only(a) && machine_device_reads_only(b)) &&
               strcmp(disk_identity(a->backend), disk_identity(b->backend)) == 0;
}

void disks_check_shared(struct builder *b)
{
        const struct machine *m = b->m;

        for (size_t i = 0; i < m->n_device; i++)
                for (size_t k = i + 1; k < m->n_device; k++)
                        if (clash(&m->device[i], &m->device[k]))
                                problem(b, "%s and %s are the same disk, %s", m->device[i].where,
                                        m->device[k].where, m->device[i].backend);
}

bool machine_device_reads_only(const struct machine_device *d)
{
        for (size_t i = 0; i < d->option.n; i++)
                if (strcmp(d->option.v[i], "ro") == 0)
                        return true;
        return d->role == ROLE_CDROM || (d->emulation && strcmp(d->emulation, "ahci-cd") == 0);
}

void build_disks(struct builder *b)
{
        struct numbered disk = {.name = "disk", .limit = 16, .plain = true};
        const char *boot = attr_get(b, "bootdisk"), *bootif;

        b->diskif = disk_model(b, "diskif", "virtio-blk");
        note_opt(b, "diskif", b->diskif);
        build_cdroms(b);
        bootif = disk_model(b, "bootdiskif", b->diskif);
        note_opt(b, "bootdiskif", bootif);
        note_opt(b, "bootdisk", boot);
        if (boot)
                device_place(disk_add(b, ROLE_BOOTDISK, bootif, boot, "attr bootdisk"), 4, 0);
        attr_numbered(b, &disk);
        for (unsigned i = 0; i < disk.limit; i++) {
                struct machine_device *d;

                if (!disk.value[i])
                        continue;
                d = disk_add(b, ROLE_DISK, disk_model(b, keepf(b, "diskif%u", i), b->diskif), disk.value[i],
                             keepf(b, "attr disk%u", i));
                d->index = i;
                device_place(d, i < 8 ? 5 : 8, i % 8);
        }
}

/* The parts of a volume's name are names, which every pool has rules for; these are none in any. */
static bool is_volume_name(const char *name)
{
        for (;; name++) {
                size_t n = strcspn(name, "/");

                if (n == 0 || (n <= 2 && strncmp(name, "..", n) == 0))
                        return false;
                name += n;
                if (!*name)
                        return true;
        }
}

void disks_check_names(struct builder *b)
{
        for (size_t i = 0; i < b->m->n_device; i++) {
                const struct machine_device *d = &b->m->device[i];
                const char *backend = str_empty(d->backend), *name = backend + strlen(MACHINE_ZVOL_DIR);

                if ((d->role == ROLE_BOOTDISK || d->role == ROLE_DISK || d->role == ROLE_CDROM) &&
                    str_starts(backend, MACHINE_ZVOL_DIR) && *name && !is_volume_name(name))
                        problem(b, "%s: %s is no name of a volume (POOL/NAME)", d->where, name);
        }
}
