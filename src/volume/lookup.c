/* Lookups of the host, as the kernel would do them, and what they pass; see lookup.h. */
#include "volume/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

#define LINKS_MAX     40 /* as many as the kernel follows */
#define MOUNTINFO_MAX (16 * 1024 * 1024)

int lookup_mounts(char **ret_mounts)
{
        return fs_read_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, ret_mounts, NULL);
}

/* "36 35 98:0 ROOT POINT ...": the line of the mount with this number. */
static const char *mount_line(const char *mounts, unsigned long long id)
{
        for (const char *p = mounts; p; p = strchr(p, '\n')) {
                p += *p == '\n';
                if (*p && strtoull(p, NULL, 10) == id)
                        return p;
        }
        return NULL;
}

/* From the name that it has in our own mounts, which the mount's point is the beginning of. */
static void place_from_mount(const char *line, const char *name, struct place *ret)
{
        char top[PATH_MAX], point[PATH_MAX];
        size_t n;

        if (sscanf(line, "%*s %*s %u:%u %4095s %4095s", &ret->major, &ret->minor, top, point) != 4)
                return;
        fs_unescape_mount(top);
        fs_unescape_mount(point);
        if (strcmp(top, "/") == 0)
                top[0] = '\0';
        n = strcmp(point, "/") == 0 ? 0 : strlen(point);
        if (strncmp(name, point, n) != 0 || (name[n] != '/' && name[n] != '\0'))
                return;
        if (strcmp(name + n, "/") == 0)
                n++;
        if (snprintf(ret->path, sizeof(ret->path), "%s%s", top, name + n) >= (int)sizeof(ret->path))
                ret->path[0] = '\0';
        else if (!ret->path[0])
                ret->path[0] = '/'; /* the rest is empty */
}

int lookup_place(const char *mounts, int fd, struct place *ret)
{
        char link[40], name[PATH_MAX];
        const char *line;
        struct statx stx;
        struct stat st;
        ssize_t n;

        *ret = (struct place){0};
        if (fstat(fd, &st) < 0)
                return -errno;
        ret->dev = st.st_dev;
        ret->ino = st.st_ino;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, name, sizeof(name) - 1);
        if (n <= 0 || name[0] != '/' || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0 ||
            !(stx.stx_mask & STATX_MNT_ID))
                return 0;
        name[n] = '\0';
        line = mount_line(mounts, stx.stx_mnt_id);
        if (line)
                place_from_mount(line, name, ret);
        return 0;
}

static bool is_same(const struct place *a, const struct place *b)
{
        return a->dev == b->dev && a->ino == b->ino;
}

static bool is_placed_below(const struct place *dir, const struct place *p)
{
        size_t n = strcmp(dir->path, "/") == 0 ? 0 : strlen(dir->path);

        return dir->path[0] && dir->major == p->major && dir->minor == p->minor &&
               strncmp(dir->path, p->path, n) == 0 && p->path[n] == '/' && p->path[n + 1];
}

bool lookup_below(const char *mounts, const struct place *dir, int fd)
{
        _cleanup_close_ int at = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct place here, last;

        if (at < 0 || lookup_place(mounts, at, &here) < 0)
                return false;
        if (is_placed_below(dir, &here))
                return true;
        do {
                int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

                if (up < 0)
                        return false;
                close(at);
                at = up;
                last = here;
                if (lookup_place(mounts, at, &here) < 0)
                        return false;
                if (is_same(dir, &here))
                        return !is_same(dir, &last);
        } while (!is_same(&here, &last));
        return false;
}

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

bool lookup_passes(const char *mounts, const struct place *dir, const char *host_path, bool itself)
{
        _cleanup_close_ int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        char path[PATH_MAX], part[NAME_MAX + 1];

        if (snprintf(path, sizeof(path), "%s", host_path) >= (int)sizeof(path))
                return false;
        for (int links = 0; at >= 0 && links <= LINKS_MAX;) {
                _cleanup_close_ int next = -1;
                struct place here;
                struct stat st;
                bool known = lookup_place(mounts, at, &here) == 0;
                bool more = take_part(path, part);

                if (known && (is_placed_below(dir, &here) || (is_same(dir, &here) && (more || itself))))
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
