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

/*
 * The lofs fs whose directory is the longest prefix of path; *ret_rest is what follows it.  One at the root
 * shows nothing.
 */
static const struct resource *find_lofs(const struct config *cfg, const char *path, const char **ret_rest)
{
        const struct resource *fs = NULL, *found = NULL;

        while ((fs = config_next(cfg, "fs", fs))) {
                const char *dir = resource_get(fs, "dir"), *rest = dir ? path_below(dir, path) : NULL;

                if (!rest || rest <= (found ? *ret_rest : path) || !resource_get(fs, "special") ||
                    !streq_null(resource_get(fs, "type"), "lofs"))
                        continue;
                found = fs;
                *ret_rest = rest;
        }
        return found;
}

bool volume_match(const char *match, const char *path)
{
        const char *volume = volume_name(path), *match_volume = volume_name(match);

        return strcmp(match, path) == 0 || fnmatch(match, path, FNM_PATHNAME) == 0 ||
               (volume && match_volume && fnmatch(match_volume, volume, FNM_PATHNAME) == 0);
}

bool volume_given(const struct config *cfg, const char *path)
{
        static const struct {
                const char *resource, *property;
        } given[] = {{"device", "match"}, {"disk", "path"}, {"pci", "match"}};

        for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
                const struct resource *res = NULL;

                while ((res = config_next(cfg, given[i].resource, res))) {
                        const char *match = resource_get(res, given[i].property);

                        if (match && volume_match(match, path))
                                return true;
                }
        }
        return false;
}

int volume_host_name(const struct config *cfg, const char *path, char **ret_name, size_t *ret_base,
                     struct error *err)
{
        const char *rest = "";
        const struct resource *fs = find_lofs(cfg, path, &rest);
        char host[PATH_MAX];

        *ret_base = 0;
        if (fs) {
                const char *special = resource_get(fs, "special");

                for (*ret_base = strlen(special); *ret_base > 1 && special[*ret_base - 1] == '/';)
                        --*ret_base;
                if (snprintf(host, sizeof(host), "%.*s%s", (int)*ret_base, special, rest) >=
                    (int)sizeof(host))
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

static bool has_option(const struct resource *fs, const char *option)
{
        const struct property *p = resource_prop(fs, "options");

        for (size_t i = 0; p && p->items && i < p->n; i++)
                if (strcmp(p->items[i], option) == 0)
                        return true;
        return false;
}

static int check_shared(const char *path, struct error *err)
{
        if (path[0] != '/' || !str_printable(path) || strlen(path) >= PATH_MAX / 2)
                return error_set(err, EINVAL, "%.80s: the path of a shared directory is an absolute one",
                                 path);
        if (path[strspn(path, "/.")] == '\0')
                return error_set(err, EINVAL, "%s: the whole root of a zone cannot be shared", path);
        for (const char *p = path; *p; p += *p == '/') {
                size_t n = strcspn(p, "/");

                if (n == 2 && memcmp(p, "..", 2) == 0)
                        return error_set(err, EINVAL,
                                         "%s: the path of a shared directory may not hold \"..\"", path);
                p += n;
        }
        return 0;
}

static int open_special(const struct root *root, const struct resource *fs, const char *path,
                        struct error *err)
{
        const char *special = resource_get(fs, "special");
        char host[PATH_MAX];
        int fd, r;

        if (special[0] != '/')
                return error_set(err, EINVAL, "%s: %s, which fs %s shows there, is not an absolute path",
                                 path, special, str_empty(resource_get(fs, "dir")));
        r = root_path(root, special, host, sizeof(host));
        if (r < 0)
                return error_errno(err, r, "%s", special);
        fd = open(host, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                return fd;
        r = -errno;
        return error_errno(err, r, "%s: %s, which fs %s shows there", path, special,
                           str_empty(resource_get(fs, "dir")));
}

int volume_open_shared(const struct root *root, const struct config *cfg, int zone_root, const char *path,
                       bool *ret_read_only, struct error *err)
{
        const char *rest = path;
        const struct resource *fs = find_lofs(cfg, path, &rest);
        _cleanup_close_ int special = -1;
        int fd, r = check_shared(path, err);

        if (r < 0)
                return r;
        *ret_read_only = fs && has_option(fs, "ro");
        if (fs) {
                special = open_special(root, fs, path, err);
                if (special < 0)
                        return special;
                rest += strspn(rest, "/");
        } else if (zone_root < 0) {
                rest = NULL;
        }
        fd = !rest ? -ENOENT
                   : fs_open_in_root(fs ? special : zone_root, *rest ? rest : ".", O_PATH | O_DIRECTORY, 0);
        if (fd >= 0)
                return fd;
        if (fd == -ENOTDIR)
                return error_set(err, fd, "%s: not a directory", path);
        if (fd == -ENOENT && !fs)
                return error_set(
                    err, fd,
                    "%s: no such directory in the zone, and no fs resource shows one of the host "
                    "there (zonecfg: add fs; set dir=%s; set special=DIRECTORY; set type=lofs; "
                    "end)",
                    path, path);
        return error_errno(err, fd, "%s", path);
}

bool volume_may_share(const struct config *cfg)
{
        const struct resource *res = NULL;

        while ((res = config_next(cfg, "attr", res)))
                if (str_starts(str_empty(resource_get(res, "name")), "virtfs") ||
                    strstr(str_empty(resource_get(res, "value")), "virtio-9p"))
                        return true;
        while ((res = config_next(cfg, "device", res)))
                if (strcmp(str_empty(resource_get(res, "emulation")), "virtio-9p") == 0 ||
                    strcmp(str_empty(resource_named(res, "property", "model")), "virtio-9p") == 0)
                        return true;
        return false;
}
