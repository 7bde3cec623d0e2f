/*
 * What a guest must not be able to write to: whatever the host looks up by a path that runs through a
 * directory in which the guest can make links leads where the guest wants.  Directories are told by what they
 * are, not by their names: those that a lookup really passes, links and all, against the one that was opened.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/index.h"
#include "volume/given.h"
#include "volume/internal.h"
#include "volume/lookup.h"
#include "volume/volume.h"

struct share {
        const struct root *root;
        const struct config *cfg;
        const struct volume_opened *opened;
        size_t n_opened;
        int dir, zone_root;
        const char *mounts;
        struct place place;
        char host[PATH_MAX]; /* for messages */
        struct problems *problems;
};

/* Does a lookup of this path of the host pass the shared directory on its way?  itself: or end there. */
static bool passes(const struct share *s, const char *host_path, bool itself)
{
        return lookup_passes(s->mounts, &s->place, host_path, itself);
}

static int found(const struct share *s, const char *what, const char *path)
{
        char text[ERROR_TEXT_MAX];

        /* What a resource names and the machine opens is told once. */
        snprintf(text, sizeof(text), " %s is below it", path);
        for (size_t i = 0; i < s->problems->n; i++) {
                const char *told = strstr(s->problems->text[i], text);

                if (told && told[strlen(text)] == '\0')
                        return 0;
        }
        return problems_add(s->problems, "the guest can write to %s, but %s %s is below it", s->host, what,
                            path);
}

static int check_path(const struct share *s, const char *what, const char *path, bool itself)
{
        char host[PATH_MAX];

        if (path[0] != '/' || root_path(s->root, path, host, sizeof(host)) < 0 || !passes(s, host, itself))
                return 0;
        return found(s, what, path);
}

/* A path, or a volume by the place that its pool has for it. */
static int check_named(const struct share *s, const char *what, const char *name)
{
        __attribute__((cleanup(volume_clear))) struct volume v = {0};

        if (!volume_name(name))
                return check_path(s, what, name, false);
        if (volume_resolve(s->root, name, &v, NULL) < 0 || !passes(s, v.path, false))
                return 0;
        return found(s, what, name);
}

/*
 * Of a pattern, what is before its first special character leads to a directory.  Where that of a later part
 * is special too, a share below may be what it leads through.
 */
static int check_pattern(const struct share *s, const char *match)
{
        _cleanup_close_ int fd = -1;
        _cleanup_free_ char *fixed = NULL;
        size_t n = strcspn(match, "*?[\\");
        char host[PATH_MAX];
        struct place place;

        if (!match[n] || volume_name(match) || match[0] != '/')
                return check_named(s, "the device", match);
        while (n > 0 && match[n - 1] != '/')
                n--;
        fixed = strndup(match, n);
        if (!fixed)
                return -ENOMEM;
        if (root_path(s->root, fixed, host, sizeof(host)) < 0)
                return 0;
        if (passes(s, host, true))
                return found(s, "the device", match);
        fd = strchr(match + n, '/') ? open(host, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        if (fd < 0 || lookup_place(s->mounts, fd, &place) < 0 || !lookup_below(s->mounts, &place, s->dir))
                return 0;
        return problems_add(s->problems, "the guest can write to %s, but the device %s may lead through it",
                            s->host, match);
}

static int check_resources(const struct share *s)
{
        static const struct {
                const char *type, *property, *what;
        } named[] = {
            {"fs", "special", "the fs special"},
            {"disk", "path", "the disk"},
        };
        const struct resource *device = NULL;
        int r = 0;

        while (r == 0 && (device = config_next(s->cfg, "device", device)))
                r = check_pattern(s, str_empty(resource_get(device, "match")));
        for (size_t i = 0; i < ARRAY_SIZE(named) && r == 0; i++) {
                const struct resource *res = NULL;

                while (r == 0 && (res = config_next(s->cfg, named[i].type, res))) {
                        const char *path = resource_get(res, named[i].property);

                        r = path ? check_named(s, named[i].what, path) : 0;
                }
        }
        return r;
}

/* Blanks around a value do not count. */
static int check_value(const struct share *s, const char *what, const char *value, size_t n)
{
        char path[PATH_MAX];

        while (n > 0 && isspace((unsigned char)*value)) {
                value++;
                n--;
        }
        while (n > 0 && isspace((unsigned char)value[n - 1]))
                n--;
        if (snprintf(path, sizeof(path), "%.*s", (int)n, value) >= (int)sizeof(path))
                return 0;
        return check_path(s, what, path, false);
}

/* Attributes that may name a file of the host, which root reads at every boot. */
static int check_attrs(const struct share *s)
{
        static const char *const file[] = {"bootrom", "cloud-init", "sshkey", "password"};
        const char *vnc = str_empty(config_attr(s->cfg, "vnc"));
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(file) && r == 0; i++) {
                const char *value = str_empty(config_attr(s->cfg, file[i]));
                char what[32];

                snprintf(what, sizeof(what), "the attr %s", file[i]);
                r = check_value(s, what, value, strlen(value));
        }
        while (r == 0 && *vnc) {
                size_t n = strcspn(vnc, ",");
                const char *equals = memchr(vnc, '=', n);

                if (equals)
                        r = check_value(s, "the attr vnc", equals + 1, (size_t)(vnc + n - equals - 1));
                vnc += n + (vnc[n] == ',');
        }
        return r;
}

/*
 * One in the other: the guest would make links on the way to it, and could change it where it is to be read
 * only.
 */
static int check_other_share(const struct share *s, const char *path)
{
        bool read_only;
        _cleanup_close_ int fd = volume_open_shared(s->root, s->cfg, s->zone_root, path, &read_only, NULL);

        if (fd < 0)
                return fd == -ENOMEM ? fd : 0;
        return lookup_below(s->mounts, &s->place, fd) ? found(s, "the shared directory", path) : 0;
}

/* Whatever names it, also only extra: a file in the zone's own root is found without leaving that. */
static int check_opened(const struct share *s, const struct volume_opened *opened)
{
        _cleanup_free_ char *name = NULL;
        size_t n_base;

        if (opened->is_dir)
                return check_other_share(s, opened->path);
        if (opened->of_host)
                return passes(s, opened->path, false) ? found(s, "the file", opened->path) : 0;
        if (volume_host_name(s->cfg, opened->path, &name, &n_base, NULL) <= 0)
                return 0;
        /* Links below the directory of an fs resource do not lead out of it. */
        if (n_base > 0)
                name[n_base] = '\0';
        return check_named(s, "the file", name);
}

static int check_machine(const struct share *s)
{
        int r = check_attrs(s);

        for (size_t i = 0; i < s->n_opened && r == 0; i++)
                r = check_opened(s, &s->opened[i]);
        return r;
}

/* Not even a zonepath itself: there is more in it than the guest's.  Nor its root, which is all of the zone.
 */
static int check_zonepath(const struct share *s, const char *of, const char *zonepath)
{
        char what[ZONENAME_MAX + 20], path[PATH_MAX];
        size_t n = s->problems->n;
        int r;

        snprintf(what, sizeof(what), "the zonepath%s", of);
        r = check_path(s, what, zonepath, true);
        if (r < 0 || s->problems->n > n ||
            snprintf(path, sizeof(path), "%s/root", zonepath) >= (int)sizeof(path))
                return r;
        snprintf(what, sizeof(what), "the root%s", *of ? of : " of the zone");
        return check_path(s, what, path, true);
}

static int check_zonepaths(const struct share *s)
{
        const char *own = str_empty(s->cfg->name);
        struct index index = {0};
        struct error err = {0};
        int r = index_load(s->root, &index, &err);

        if (r < 0)
                return r == -ENOMEM ? r : problems_add(s->problems, "%s", err.text);
        r = check_zonepath(s, "", str_empty(config_global(s->cfg, "zonepath")));
        for (size_t i = 0; i < index.n && r == 0; i++) {
                char of[ZONENAME_MAX + 5];

                snprintf(of, sizeof(of), " of %s", index.entry[i].name);
                if (strcmp(index.entry[i].name, own) != 0)
                        r = check_zonepath(s, of, str_empty(index.entry[i].path));
        }
        index_free(&index);
        return r;
}

/* Where pools.conf has the disks of zones. */
static int check_pools(const struct share *s)
{
        struct strv dirs = {0};
        struct error err = {0};
        int r = pool_dirs(s->root, &dirs, &err);

        if (r < 0 && r != -ENOMEM)
                r = problems_add(s->problems, "%s", err.text);
        for (size_t i = 0; i < dirs.n && r == 0; i++)
                r = check_path(s, "the directory of a pool", dirs.v[i], true);
        strv_free(&dirs);
        return r;
}

/* Configurations, programs that run as root, and the disks of zones. */
static int check_tools(const struct share *s)
{
        static const char *const places[] = {ZONES_ETC, ZONES_RUN, ZONES_BRAND, ZONES_LIB,
                                             (ZONES_VAR "/pools")};
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(places) && r == 0; i++)
                r = check_path(s, "the directory of the zone tools", places[i], true);
        return r == 0 ? check_pools(s) : r;
}

/* The name that a directory of the host has now, as the configuration would write it. */
static void name_of(const struct root *root, int dir, char ret[static PATH_MAX])
{
        size_t skip = strlen(root->path);
        char link[40];
        ssize_t n;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
        n = readlink(link, ret, PATH_MAX - 1);
        ret[n > 0 ? n : 0] = '\0';
        if (skip > 0 && strncmp(ret, root->path, skip) == 0 && ret[skip] == '/')
                memmove(ret, ret + skip, strlen(ret + skip) + 1);
}

int volume_check_writable(const struct root *root, const struct config *cfg, int dir, int zone_root,
                          const struct volume_opened *opened, size_t n_opened, struct problems *problems)
{
        _cleanup_free_ char *mounts = NULL;
        struct share s = {
            .root = root,
            .cfg = cfg,
            .opened = opened,
            .n_opened = n_opened,
            .dir = dir,
            .zone_root = zone_root,
            .problems = problems,
        };
        int r = lookup_mounts(&mounts);

        if (r == 0)
                r = lookup_place(mounts, dir, &s.place);
        if (r < 0)
                return r == -ENOMEM ? r : problems_add(problems, "shared directory: %s", strerror(-r));
        s.mounts = mounts;
        name_of(root, dir, s.host);
        r = check_resources(&s);
        if (r == 0)
                r = check_machine(&s);
        if (r == 0)
                r = check_zonepaths(&s);
        return r < 0 ? r : check_tools(&s);
}
