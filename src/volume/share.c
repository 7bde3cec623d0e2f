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
#include "volume/volume.h"

#define LINKS_MAX 40 /* as many as the kernel follows */

struct share {
        const struct root *root;
        const struct config *cfg;
        const struct volume_opened *opened;
        size_t n_opened;
        struct stat dir;
        char host[PATH_MAX]; /* for messages */
        struct problems *problems;
};

/* The next part of the path is in *part, what is behind it in path. */
static bool take_part(char *path, char *part)
{
        size_t skip = strspn(path, "/"), n = strcspn(path + skip, "/");

        if (n == 0 || n > NAME_MAX)
                return false;
        memcpy(part, path + skip, n);
        part[n] = '\0';
        memmove(path, path + skip + n, strlen(path + skip + n) + 1);
        return true;
}

/* A link's own text goes before what is left of the path.  False where the kernel would give up as well. */
static bool follow(int link, char path[static PATH_MAX], int *at)
{
        char text[PATH_MAX];
        ssize_t n = readlinkat(link, "", text, sizeof(text));
        size_t left = strlen(path);

        if (n <= 0 || (size_t)n + left >= PATH_MAX)
                return false;
        memmove(path + n, path, left + 1);
        memcpy(path, text, (size_t)n);
        if (text[0] == '/') {
                close(*at);
                *at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        return *at >= 0;
}

/* Does a lookup of this path of the host pass the shared directory on its way?  itself: or end there. */
static bool passes(const struct share *s, const char *host_path, bool itself)
{
        _cleanup_close_ int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        char path[PATH_MAX], part[NAME_MAX + 1];

        if (snprintf(path, sizeof(path), "%s", host_path) >= (int)sizeof(path))
                return false;
        for (int links = 0; at >= 0 && links <= LINKS_MAX;) {
                _cleanup_close_ int next = -1;
                struct stat st;
                bool here = fstat(at, &st) == 0 && st.st_dev == s->dir.st_dev && st.st_ino == s->dir.st_ino;
                bool more = take_part(path, part);

                if (here && (more || itself))
                        return true;
                next = more ? openat(at, part, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
                if (next < 0 || fstat(next, &st) < 0)
                        return false;
                if (S_ISLNK(st.st_mode)) {
                        links++;
                        if (!follow(next, path, &at))
                                return false;
                        continue;
                }
                close(at);
                at = TAKE_FD(next);
        }
        return false;
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

static int check_resources(const struct share *s)
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

/* Whatever names it, also only extra: a file in the zone's own root is found without leaving that. */
static int check_opened(const struct share *s, const struct volume_opened *opened)
{
        _cleanup_free_ char *name = NULL;
        size_t n_base;

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

/* Not even a zonepath itself: there is more in it than the guest's. */
static int check_zonepaths(const struct share *s)
{
        const char *own = str_empty(s->cfg->name);
        struct index index = {0};
        struct error err = {0};
        int r = index_load(s->root, &index, &err);

        if (r < 0)
                return r == -ENOMEM ? r : problems_add(s->problems, "%s", err.text);
        r = check_path(s, "the zonepath", str_empty(config_global(s->cfg, "zonepath")), true);
        for (size_t i = 0; i < index.n && r == 0; i++) {
                char what[ZONENAME_MAX + 20];

                snprintf(what, sizeof(what), "the zonepath of %s", index.entry[i].name);
                if (strcmp(index.entry[i].name, own) != 0)
                        r = check_path(s, what, str_empty(index.entry[i].path), true);
        }
        index_free(&index);
        return r;
}

/* Configurations, programs that run as root, and the disks of zones. */
static int check_tools(const struct share *s)
{
        static const char *const places[] = {ZONES_ETC, ZONES_RUN, ZONES_BRAND, ZONES_LIB,
                                             ZONES_VAR "/pools"};
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(places) && r == 0; i++)
                r = check_path(s, "the directory of the zone tools", places[i], true);
        return r;
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

int volume_check_writable(const struct root *root, const struct config *cfg, int dir,
                          const struct volume_opened *opened, size_t n_opened, struct problems *problems)
{
        struct share s = {
            .root = root, .cfg = cfg, .opened = opened, .n_opened = n_opened, .problems = problems};
        int r;

        if (fstat(dir, &s.dir) < 0)
                return problems_add(problems, "shared directory: %s", strerror(errno));
        name_of(root, dir, s.host);
        r = check_resources(&s);
        if (r == 0)
                r = check_machine(&s);
        if (r == 0)
                r = check_zonepaths(&s);
        return r < 0 ? r : check_tools(&s);
}
