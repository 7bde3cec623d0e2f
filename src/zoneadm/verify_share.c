/*
 * A directory that the zone shares with its guest: it can be opened and given to an engine, and nothing that
 * the guest could exchange by way of it is named for another purpose.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "machine/machine.h"
#include "platform/jail.h"
#include "volume/given.h"
#include "zoneadm/zoneadm.h"

static bool is_opened_by_name(const struct machine_use *use)
{
        return use->kind == USE_DISK || use->kind == USE_LINE || use->kind == USE_DIR ||
               use->kind == USE_FIRMWARE;
}

static int check_writable(const struct zoneadm *za, const struct config *cfg, int dir, int root,
                          const char *where, const struct machine_use *uses, size_t n_uses,
                          struct problems *problems)
{
        _cleanup_(problems_clear) struct problems found = {0};
        _cleanup_free_ struct volume_opened *opened = calloc(n_uses + 1, sizeof(*opened));
        size_t n = 0;
        int r;

        for (size_t i = 0; opened && i < n_uses; i++)
                if (is_opened_by_name(&uses[i]))
                        opened[n++] = (struct volume_opened){
                            .path = uses[i].path,
                            .of_host = uses[i].kind == USE_LINE || uses[i].kind == USE_FIRMWARE,
                            .is_dir = uses[i].kind == USE_DIR,
                        };
        r = opened ? volume_check_writable(&za->root, cfg, dir, root, opened, n, &found) : -ENOMEM;

        for (size_t i = 0; i < found.n && r == 0; i++)
                r = problems_add(problems, "%s: %s", where, found.text[i]);
        return r;
}

static bool in_own_root(const struct config *cfg, const char *path)
{
        _cleanup_free_ char *host = NULL;
        size_t base;

        return volume_host_name(cfg, path, &host, &base, NULL) == 0;
}

int verify_share(const struct zoneadm *za, const struct config *cfg, const struct machine_use *use,
                 const struct machine_use *uses, size_t n_uses, struct problems *problems)
{
        _cleanup_close_ int root = open_zone_root(za, cfg), dir = -1, share = -1;
        struct error err = {0};
        bool read_only;

        dir = volume_open_shared(&za->root, cfg, root, use->path, &read_only, &err);
        if (dir == -ENOMEM)
                return dir;
        if (dir < 0 && in_own_root(cfg, use->path) && comes_later(za, use, &err))
                return 0;
        if (dir < 0)
                return problems_add(problems, "%s: %s", use->where, error_behind(use->where, err.text));
        /* As at boot, but for nobody: what the file system can do shows by trying. */
        share = jail_share(dir, JAIL_UID_BASE, true, &err);
        if (share < 0)
                return problems_add(problems, "%s: %s: %s", use->where, use->path, err.text);
        if (read_only || use->read_only)
                return 0;
        return check_writable(za, cfg, dir, root, use->where, uses, n_uses, problems);
}
