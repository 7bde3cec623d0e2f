/* What a zone needs from this host: its disks, memory and limits, and what else its machine opens. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "limits/limits.h"
#include "machine/machine.h"
#include "ppt/ppt.h"
#include "tpm/tpm.h"
#include "volume/given.h"
#include "volume/volume.h"
#include "zoneadm/verify_backend.h"
#include "zoneadm/zoneadm.h"

/* The devices of the host are looked at once, and only for a zone that wants one. */
struct host {
        struct ppts pci;
        bool looked;
};

/* A warning only: a guest may write to its raw disk what it likes. */
static void advise_format(const struct zoneadm *za, const char *name, int fd)
{
        const char *format = volume_foreign_format(fd);

        if (format)
                complain(
                    za,
                    "WARNING: %s looks like a %s image; the guest will see it as it is, for disks are raw "
                    "(qemu-img convert -O raw)",
                    name, format);
}

/* Opened for reading and without the in-use lock, so that verify may be asked while the zone runs. */
static int open_on_host(const struct zoneadm *za, const char *name, size_t n_base, struct error *err)
{
        __attribute__((cleanup(volume_clear))) struct volume volume = {0};
        _cleanup_close_ int fd = -1, lock = -1;
        int r = volume_resolve_below(&za->root, name, n_base, &volume, err);

        /* Install makes the volumes of a pool that say their size. */
        if (r == 0 && volume.pool && za->entry.state == ZONE_CONFIGURED) {
                uint64_t bytes;

                if (volume_size(&za->root, &volume, &bytes, NULL) == -ENOENT)
                        return 0;
        }
        if (r == 0)
                r = volume_open(&za->root, &volume, za->zone, true, &fd, &lock, err);
        if (r == 0)
                advise_format(za, name, fd);
        return r;
}

int open_zone_root(const struct zoneadm *za, const struct config *cfg)
{
        struct error none = {0};
        _cleanup_close_ int dir = root_open_dir(&za->root, str_empty(config_global(cfg, "zonepath")), &none);

        return dir < 0 ? -1 : fs_open_beneath(dir, "root", O_RDONLY | O_DIRECTORY, 0);
}

static int open_in_zone(const struct zoneadm *za, const struct config *cfg, const char *path,
                        struct error *err)
{
        _cleanup_close_ int root = open_zone_root(za, cfg), fd = volume_open_in_zone(root, path, true, err);

        return fd < 0 ? fd : 0;
}

bool comes_later(const struct zoneadm *za, const struct machine_use *use, const struct error *err)
{
        if (err->code != ENOENT || za->entry.state != ZONE_CONFIGURED)
                return false;
        complain(za, "NOTICE: not there before install: %s: %s", use->where,
                 error_behind(use->where, err->text));
        return true;
}

static int verify_disk(const struct zoneadm *za, const struct config *cfg, const struct machine_use *use,
                       struct problems *problems)
{
        _cleanup_free_ char *host = NULL;
        struct error err = {0};
        size_t n_base;
        int r = volume_host_name(cfg, use->path, &host, &n_base, &err);

        if (r > 0)
                r = open_on_host(za, host, n_base, &err);
        else if (r == 0) {
                r = open_in_zone(za, cfg, use->path, &err);
                if (r < 0 && comes_later(za, use, &err))
                        return 0;
        }
        if (r == -ENOMEM)
                return r;
        return r < 0 ? problems_add(problems, "%s: %s", use->where, error_behind(use->where, err.text)) : 0;
}

static int verify_passthru(const struct zoneadm *za, const struct config *cfg, struct host *host,
                           const struct machine_use *use, struct problems *problems)
{
        struct error err = {0};
        int r = host->looked ? 0 : ppt_load(&za->root, false, &host->pci, &err);

        if (r == 0) {
                host->looked = true;
                r = ppt_for_zone(cfg, &host->pci, use->path, NULL, &err);
        }
        if (r == -ENOMEM)
                return r;
        return r < 0 ? problems_add(problems, "%s: %s", use->where, error_behind(use->where, err.text)) : 0;
}

static int verify_vars(const struct zoneadm *za, const struct config *cfg, const struct machine *machine,
                       struct problems *problems)
{
        _cleanup_close_ int root = open_zone_root(za, cfg);
        struct error err = {0};

        return machine_check_vars(machine, root, &err) < 0 ? problems_add(problems, "%s", err.text) : 0;
}

/* What the machine opens of the host, also what only extra names. */
static int verify_uses(const struct zoneadm *za, const struct config *cfg, const struct machine *machine,
                       struct problems *problems)
{
        struct machine_use *uses = NULL;
        struct host host = {0};
        size_t n = 0;
        int r = machine_uses(machine, &uses, &n);

        for (size_t i = 0; i < n && r == 0; i++) {
                if (uses[i].kind == USE_PCI)
                        r = verify_passthru(za, cfg, &host, &uses[i], problems);
                else if (uses[i].kind == USE_DIR)
                        r = verify_share(za, cfg, &uses[i], uses, n, problems);
                else if (uses[i].kind == USE_DISK)
                        r = verify_disk(za, cfg, &uses[i], problems);
                else
                        r = verify_backend(za, cfg, &uses[i], problems);
        }
        if (r == 0)
                r = verify_links(za, cfg, uses, n, problems);
        ppts_free(&host.pci);
        machine_uses_free(uses, n);
        return r;
}

static int verify_pinned(const struct config *cfg, const struct machine *machine, struct problems *problems)
{
        struct jail_limits limits;
        struct error err = {0};

        if (!machine_next(machine, ROLE_PASSTHRU, NULL))
                return 0;
        limits_from_config(cfg, &limits);
        return limits_hold_pinned(&limits, machine->ram_bytes, false, &err) < 0
                   ? problems_add(problems, "%s", err.text)
                   : 0;
}

static int verify_limits(const struct config *cfg, struct problems *problems)
{
        struct jail_limits limits = {0};
        struct error err = {0};
        int r;

        limits_from_config(cfg, &limits);
        r = jail_limits_check(&limits, problems, &err);
        return r < 0 && r != -ENOMEM ? problems_add(problems, "%s", err.text) : r;
}

static int verify_tpm(const struct machine *machine, struct problems *problems)
{
        struct error err = {0};

        if (!machine_wants_tpm(machine) || tpm_check(&err) == 0)
                return 0;
        return problems_add(problems, "attr %s: %s", machine->tpm ? "tpm" : "extra", err.text);
}

int verify_hardware(const struct zoneadm *za, const struct config *cfg, struct problems *problems)
{
        _cleanup_machine_ struct machine *machine = NULL;
        struct error err = {0};
        int r = machine_from_config(&za->root, cfg, za->entry.uuid, &machine, problems, &err);

        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return problems_add(problems, "%s", err.text);
        if (machine_fits_host(machine, &err) < 0)
                r = problems_add(problems, "%s", err.text);
        if (r == 0)
                r = verify_uses(za, cfg, machine, problems);
        if (r == 0)
                r = verify_vars(za, cfg, machine, problems);
        if (r == 0)
                r = verify_pinned(cfg, machine, problems);
        if (r == 0)
                r = verify_tpm(machine, problems);
        if (r == 0)
                r = verify_limits(cfg, problems);
        return r;
}
