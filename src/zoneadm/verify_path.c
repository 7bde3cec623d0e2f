/*
 * The zonepath: it must be the zone's alone, private to root, and reached only through directories that
 * nobody else can change.  It is walked component by component from the alternate root, so that what is
 * checked is what was opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zoneadm/zoneadm.h"

struct walk {
        const struct zoneadm *za;
        const char *zonepath;
        enum verify_purpose purpose;
        struct problems *problems;
        int r;     /* result of the last problems_add */
        bool bad;  /* something on the way is wrong */
        int fd;    /* directory reached */
        bool gone; /* the rest of the path does not exist */
};

#define found(walk, ...)                                                                                     \
        do {                                                                                                 \
                (walk)->bad = true;                                                                          \
                if (problems_add((walk)->problems, __VA_ARGS__) < 0)                                         \
                        (walk)->r = -ENOMEM;                                                                 \
        } while (0)

static int check_overlap(const struct zoneadm *za, const char *zonepath, struct problems *problems)
{
        struct index index = {0};
        struct error err = {0};
        int r = index_load(&za->root, &index, &err);

        if (r < 0)
                return problems_add(problems, "%s", err.text);
        for (size_t i = 0; i < index.n && r == 0; i++) {
                const struct index_entry *other = &index.entry[i];

                if (strcmp(other->name, za->zone) == 0 || str_empty(other->path)[0] != '/')
                        continue;
                if (path_below(other->path, zonepath) || path_below(zonepath, other->path))
                        r = problems_add(problems, "%s zonepath (%s) and %s zonepath (%s) overlap.", za->zone,
                                         zonepath, other->name, other->path);
        }
        index_free(&index);
        return r;
}

static int check_index(const struct zoneadm *za, const char *zonepath, struct problems *problems)
{
        const char *path = str_empty(za->entry.path);

        if (!*path || strcmp(path, zonepath) == 0)
                return 0;
        return problems_add(problems,
                            "The XML repository has zonepath '%s',\nbut the index file has zonepath '%s'.\n"
                            "These must match, so fix the incorrect entry.",
                            zonepath, path);
}

/*
 * The text alone: absolute, not the root, and spelt in the one way that the kernel would spell it.  The first
 * two are said by the checks of the configuration already, which come before.
 */
static bool check_spelling(struct walk *w)
{
        const char *path = w->zonepath, *last = strrchr(path, '/');

        if (path[0] != '/' || path[strspn(path, "/")] == '\0' || strlen(path) >= PATH_MAX / 2) {
                w->bad = true;
                if (w->problems->n == 0)
                        found(w, "zonepath %s cannot be used", path);
        } else if (strstr(path, "//") || strstr(path, "/./") || strstr(path, "/../") || !last[1] ||
                   strcmp(last, "/.") == 0 || strcmp(last, "/..") == 0) {
                found(w, "Resolved path mismatch: zonepath %s must not hold . or .. or empty parts", path);
        }
        return !w->bad;
}

/* A directory above the zonepath. */
static void check_parent(struct walk *w, const char *name)
{
        struct stat st;

        if (fstat(w->fd, &st) < 0)
                found(w, "%s: %s", name, strerror(errno));
        else if (st.st_uid != 0)
                found(w, "%s is not owned by root.", name);
        else if (st.st_mode & (S_IWGRP | S_IWOTH))
                found(w, "%s must not be writable by group or others.", name);
}

/* One step down; path is the zonepath up to and with the part. */
static void step(struct walk *w, const char *part, const char *path)
{
        int fd = openat(w->fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0 && errno == ENOENT) {
                w->gone = true;
        } else if (fd < 0) {
                int code = errno;

                if (fstatat(w->fd, part, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
                        found(w, "Resolved path mismatch: %s is a symbolic link", path);
                else if (code == ENOTDIR)
                        found(w, "%s is not a directory.", path);
                else
                        found(w, "%s: %s", path, strerror(code));
        } else {
                close(w->fd);
                w->fd = fd;
        }
}

/* Down to the zonepath; stops at the first thing that is wrong or absent. */
static void descend(struct walk *w)
{
        char path[PATH_MAX / 2 + 1], part[NAME_MAX + 1];
        const char *p = w->zonepath + 1;

        check_parent(w, "/");
        while (!w->bad && !w->gone) {
                size_t n = strcspn(p, "/");

                if (n > NAME_MAX) {
                        found(w, "zonepath %s: a part of it is too long", w->zonepath);
                        return;
                }
                memcpy(part, p, n);
                part[n] = '\0';
                snprintf(path, sizeof(path), "%.*s", (int)(p + n - w->zonepath), w->zonepath);
                step(w, part, path);
                p += n;
                if (*p == '\0')
                        return;
                p++;
                if (!w->bad && !w->gone)
                        check_parent(w, path);
        }
}

/* Others may have looked into a readable zonepath; into a writable one they may have put something. */
static void check_mode(struct walk *w, const struct stat *st)
{
        if ((st->st_mode & 07777) == 0700)
                return;
        if (st->st_mode & (S_IWGRP | S_IWOTH)) {
                found(w, "%s must not be writable by group or others.", w->zonepath);
        } else if (w->purpose == VERIFY_ONLY) {
                found(w, "%s must be mode 0700 (is %04o).", w->zonepath, (unsigned)(st->st_mode & 07777));
        } else if (w->problems->n == 0) {
                /* A refused command changes nothing, so only when nothing else is wrong so far. */
                if (fchmod(w->fd, 0700) < 0)
                        found(w, "%s: cannot change permissions to 0700: %s", w->zonepath, strerror(errno));
                else
                        fprintf(stderr, "%s: changing permissions to 0700.\n", w->zonepath);
        }
}

static void check_directory(struct walk *w, const char *verb)
{
        struct statfs fs;
        struct stat st;

        if (fstat(w->fd, &st) < 0) {
                found(w, "%s: %s", w->zonepath, strerror(errno));
                return;
        }
        if (fstatfs(w->fd, &fs) == 0 && fs.f_type == NFS_SUPER_MAGIC)
                found(w, "Zonepath %s is on an NFS mounted file system.", w->zonepath);
        if (st.st_uid != 0)
                found(w, "%s is not owned by root.", w->zonepath);
        check_mode(w, &st);
        if (w->za->entry.state == ZONE_CONFIGURED && fstatat(w->fd, "root", &st, AT_SYMLINK_NOFOLLOW) == 0)
                found(w, "Cannot %s detached zone.\nUse attach or remove %s/root directory.", verb,
                      w->zonepath);
}

static void check_missing(struct walk *w)
{
        if (w->za->entry.state != ZONE_CONFIGURED)
                found(w, "zonepath %s does not exist", w->zonepath);
        else if (w->purpose == VERIFY_ONLY)
                fprintf(stderr,
                        "WARNING: %s does not exist, so it could not be verified.\n"
                        "When 'zoneadm install' is run, it will be made, and the checks that\n"
                        "could not be done now will be done then.\n",
                        w->zonepath);
}

int verify_zonepath(const struct zoneadm *za, const struct config *cfg, const char *verb,
                    enum verify_purpose purpose, struct problems *problems)
{
        struct walk w = {
            .za = za,
            .zonepath = str_empty(config_global(cfg, "zonepath")),
            .purpose = purpose,
            .problems = problems,
        };
        struct error err = {0};
        int r;

        /* That a zonepath is needed at all is said by the checks of the configuration. */
        if (!*w.zonepath || !check_spelling(&w))
                return w.r;
        r = check_index(za, w.zonepath, problems);
        if (r == 0)
                r = check_overlap(za, w.zonepath, problems);
        if (r < 0)
                return r;
        w.fd = root_open_dir(&za->root, "/", &err);
        if (w.fd < 0)
                return problems_add(problems, "%s", err.text);
        descend(&w);
        if (w.gone)
                check_missing(&w);
        else if (!w.bad)
                check_directory(&w, verb);
        close(w.fd);
        return w.r;
}
