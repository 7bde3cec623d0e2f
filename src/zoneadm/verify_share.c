/*
 * A directory that the zone shares with its guest: it can be opened and given to an engine, and nothing that
 * the guest could exchange by way of it is named for another purpose.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "machine/machine.h"
#include "platform/jail.h"
#include "volume/given.h"
#include "zoneadm/zoneadm.h"

/* A writable share, by its place on the host. */
struct writable {
        const char *where, *host;
        struct problems *problems;
};

/*
 * Whoever looks up a path that runs through a directory in which a guest can make links is led by the guest.
 * The directory itself is safe: what is below it is looked up without leaving it.
 */
static int check_path(const struct writable *w, const char *what, const char *path)
{
        const char *rest = path ? path_below(w->host, path) : NULL;

        if (!rest || !*rest)
                return 0;
        return problems_add(w->problems, "%s: the guest can write to %s, but %s %s is below it", w->where,
                            w->host, what, path);
}

static int check_resources(const struct config *cfg, const struct writable *w)
{
        static const struct {
                const char *type, *property, *what;
        } named[] = {
            {"fs", "special", "the fs special"},
            {"device", "match", "the device"},
            {"disk", "path", "the disk"},
        };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(named) && r == 0; i++) {
                const struct resource *res = NULL;

                while (r == 0 && (res = config_next(cfg, named[i].type, res)))
                        r = check_path(w, named[i].what, resource_get(res, named[i].property));
        }
        return r;
}

static int check_zonepath(const struct zoneadm *za, const struct writable *w, const char *zone,
                          const char *path)
{
        bool own = strcmp(zone, za->zone) == 0;

        /* Not even the zonepath itself: there is more in it than the guest's. */
        if (!path_below(w->host, path))
                return 0;
        return problems_add(w->problems, "%s: the guest can write to %s, but the zonepath%s%s %s is below it",
                            w->where, w->host, own ? "" : " of ", own ? "" : zone, path);
}

static int check_zonepaths(const struct zoneadm *za, const struct config *cfg, const struct writable *w)
{
        struct index index = {0};
        struct error err = {0};
        int r = index_load(&za->root, &index, &err);

        if (r < 0)
                return problems_add(w->problems, "%s", err.text);
        r = check_zonepath(za, w, za->zone, str_empty(config_global(cfg, "zonepath")));
        for (size_t i = 0; i < index.n && r == 0; i++)
                if (strcmp(index.entry[i].name, za->zone) != 0)
                        r = check_zonepath(za, w, index.entry[i].name, str_empty(index.entry[i].path));
        index_free(&index);
        return r;
}

/* Of shares by way of an fs resource; in the zone's own root there is nothing else. */
static int check_overlap(const struct zoneadm *za, const struct config *cfg, const char *where,
                         const char *path, struct problems *problems)
{
        _cleanup_free_ char *host = NULL;
        struct writable w = {.where = where, .problems = problems};
        struct error err = {0};
        size_t base;
        int r = volume_host_name(cfg, path, &host, &base, &err);

        if (r <= 0 || base == 0)
                return r == -ENOMEM ? r : 0;
        w.host = host;
        r = check_resources(cfg, &w);
        return r < 0 ? r : check_zonepaths(za, cfg, &w);
}

int verify_share(const struct zoneadm *za, const struct config *cfg, const struct machine_device *device,
                 struct problems *problems)
{
        const char *path = strchr(str_empty(device->backend), '=');
        _cleanup_close_ int root = -1, dir = -1, share = -1;
        struct error err = {0};
        bool read_only;

        /* What is no NAME=PATH was found before. */
        if (!path++)
                return 0;
        root = open_zone_root(za, cfg);
        dir = volume_open_shared(&za->root, cfg, root, path, &read_only, &err);
        if (dir == -ENOMEM)
                return dir;
        if (dir < 0)
                return problems_add(problems, "%s: %s", device->where, err.text);
        /* As at boot, but for nobody: what the file system can do shows by trying. */
        share = jail_share(dir, JAIL_UID_BASE, true, &err);
        if (share < 0)
                return problems_add(problems, "%s: %s: %s", device->where, path, err.text);
        for (size_t i = 0; i < device->option.n; i++)
                read_only |= strcmp(device->option.v[i], "ro") == 0;
        return read_only ? 0 : check_overlap(za, cfg, device->where, path, problems);
}
