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

static int check_writable(const struct zoneadm *za, const struct config *cfg, int dir, const char *where,
                          struct problems *problems)
{
        _cleanup_(problems_clear) struct problems found = {0};
        int r = volume_check_writable(&za->root, cfg, dir, &found);

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
                 struct problems *problems)
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
                return problems_add(problems, "%s: %s", use->where, err.text);
        /* As at boot, but for nobody: what the file system can do shows by trying. */
        share = jail_share(dir, JAIL_UID_BASE, true, &err);
        if (share < 0)
                return problems_add(problems, "%s: %s: %s", use->where, use->path, err.text);
        return read_only || use->read_only ? 0 : check_writable(za, cfg, dir, use->where, problems);
}
