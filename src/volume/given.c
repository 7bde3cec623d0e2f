/* What a path in a zone's machine stands for on the host; see given.h. */
#include "volume/given.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "volume/volume.h"

/* The lofs fs whose directory is the longest prefix of path; *ret_rest is what follows it. */
static const char *find_lofs(const struct config *cfg, const char *path, const char **ret_rest)
{
        const struct resource *fs = NULL;
        const char *special = NULL;
        size_t best = 0;

        while ((fs = config_next(cfg, "fs", fs))) {
                const char *dir = resource_get(fs, "dir"), *type = resource_get(fs, "type");
                size_t n = dir ? strlen(dir) : 0;

                if (n <= best || !type || strcmp(type, "lofs") != 0 || strncmp(path, dir, n) != 0 ||
                    (path[n] != '/' && path[n] != '\0'))
                        continue;
                best = n;
                special = resource_get(fs, "special");
                *ret_rest = path + n;
        }
        return special;
}

bool volume_given(const struct config *cfg, const char *path)
{
        static const struct {
                const char *resource, *property;
        } given[] = {{"device", "match"}, {"disk", "path"}, {"pci", "match"}};
        const char *volume = volume_name(path);

        for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
                const struct resource *res = NULL;

                while ((res = config_next(cfg, given[i].resource, res))) {
                        const char *match = resource_get(res, given[i].property);
                        const char *match_volume = match ? volume_name(match) : NULL;

                        if (match && (strcmp(match, path) == 0 || fnmatch(match, path, FNM_PATHNAME) == 0))
                                return true;
                        if (volume && match_volume && fnmatch(match_volume, volume, FNM_PATHNAME) == 0)
                                return true;
                }
        }
        return false;
}

int volume_host_name(const struct config *cfg, const char *path, char **ret_name, struct error *err)
{
        const char *rest = "", *special = find_lofs(cfg, path, &rest);
        char host[PATH_MAX];

        if (special) {
                if (snprintf(host, sizeof(host), "%s%s", special, rest) >= (int)sizeof(host))
                        return error_set(err, ENAMETOOLONG, "%.80s...: path too long", path);
        } else if (volume_given(cfg, path)) {
                snprintf(host, sizeof(host), "%s", path);
        } else if (volume_name(path) || str_starts(path, "/dev/")) {
                return error_set(
                    err, ENOENT,
                    "%s: not given to the zone by a device resource (zonecfg: add device; set match=%s; end)",
                    path, path);
        } else {
                return 0;
        }
        *ret_name = strdup(host);
        return *ret_name ? 1 : error_nomem(err);
}

int volume_open_in_zone(int zone_root, const char *path, bool read_only, struct error *err)
{
        int flags = (read_only ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_NOCTTY;
        _cleanup_close_ int fd = zone_root < 0 ? -ENOENT : fs_open_in_root(zone_root, path, flags, 0);
        struct stat st;

        if (fd == -ENOENT)
                return error_set(err, ENOENT,
                                 "%s: no such file in the zone, and no device or fs resource gives it one of "
                                 "the host (zonecfg: add device; set match=%s; end)",
                                 path, path);
        if (fd == -EISDIR)
                return error_set(err, EISDIR, "%s: is a directory", path);
        if (fd < 0)
                return error_errno(err, fd, "%s", path);
        if (fstat(fd, &st) < 0)
                return error_errno(err, errno, "%s", path);
        if (S_ISDIR(st.st_mode))
                return error_set(err, EISDIR, "%s: is a directory", path);
        if (!S_ISREG(st.st_mode))
                return error_set(err, EINVAL, "%s: not a regular file", path);
        return TAKE_FD(fd);
}
