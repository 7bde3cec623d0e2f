/* What verify says of resources that are no hardware: file systems and resource controls. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zoneadm/zoneadm.h"

/* An ISO or a directory that lofs shows: where it is missing, so will be what the machine has on it. */
static int verify_lofs(const struct zoneadm *za, const char *dir, const char *special,
                       struct problems *problems)
{
        char host[PATH_MAX];
        int r = root_path(&za->root, special, host, sizeof(host));

        if (r == 0 && access(host, F_OK) < 0)
                r = -errno;
        return r < 0 ? problems_add(problems, "could not verify fs %s: could not access %s: %s", dir, special,
                                    strerror(-r))
                     : 0;
}

static int verify_fs(const struct zoneadm *za, const struct resource *fs, struct problems *problems)
{
        static const char *const refused[] = {"proc", "mntfs", "autofs"};
        const char *type = str_empty(resource_get(fs, "type")), *dir = str_empty(resource_get(fs, "dir"));
        bool bad = str_starts(type, "nfs");

        for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
                bad = bad || strcmp(type, refused[i]) == 0;
        if (bad)
                return problems_add(problems, "cannot verify fs %s: type %s is not allowed.", dir, type);
        if (strcmp(type, "lofs") == 0)
                return verify_lofs(za, dir, str_empty(resource_get(fs, "special")), problems);
        fprintf(stderr, "WARNING: fs %s: type %s is not mounted: a guest sees only what lofs shows.\n", dir,
                type);
        return 0;
}

/*
 * Those that are kept: zone.max-lwps and its like by control groups; what the jail has none of (System V
 * objects, lofi devices) has no need of a limit.
 */
static void verify_rctl(const char *name)
{
        static const char *const kept[] = {"zone.cpu-cap",
                                           "zone.cpu-shares",
                                           "zone.max-lofi",
                                           "zone.max-locked-memory",
                                           "zone.max-lwps",
                                           "zone.max-msg-ids",
                                           "zone.max-physical-memory",
                                           "zone.max-processes",
                                           "zone.max-sem-ids",
                                           "zone.max-shm-ids",
                                           "zone.max-shm-memory",
                                           "zone.max-swap",
                                           "zone.zfs-io-priority"};
        static const char *const dropped[] = {"zone.cpu-baseline", "zone.cpu-burst-time"};

        for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
                if (strcmp(kept[i], name) == 0)
                        return;
        for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
                if (strcmp(dropped[i], name) == 0) {
                        fprintf(stderr, "WARNING: rctl '%s' is not enforced: Linux has no such limit.\n",
                                name);
                        return;
                }
        fprintf(stderr, "WARNING: Ignoring unrecognized rctl '%s'.\n", name);
}

int verify_resources(const struct zoneadm *za, const struct config *cfg, struct problems *problems)
{
        const struct resource *fs = NULL, *rctl = NULL;
        int r = 0;

        while (r == 0 && (fs = config_next(cfg, "fs", fs)))
                r = verify_fs(za, fs, problems);
        while ((rctl = config_next(cfg, "rctl", rctl)))
                verify_rctl(str_empty(resource_get(rctl, "name")));
        return r;
}
