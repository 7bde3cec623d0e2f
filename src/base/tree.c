/* Removal of whole directories; see tree.h. */
#include "base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

static void cleanup_dir(DIR **dir)
{
        if (*dir)
                closedir(*dir);
}

/* Is anything mounted on or below the directory? */
static int check_mounts(int top, const char *name, struct error *err)
{
        _cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
        _cleanup_free_ char *line = NULL;
        char self[64], path[PATH_MAX];
        size_t cap = 0, n;
        ssize_t len;

        snprintf(self, sizeof(self), "/proc/self/fd/%d", top);
        len = readlink(self, path, sizeof(path) - 1);
        if (!f || len < 0)
                return error_errno(err, errno, "%s: cannot tell what is mounted there", name);
        path[len] = '\0';
        n = (size_t)len;
        while (getline(&line, &cap, f) > 0) {
                char point[PATH_MAX];

                if (sscanf(line, "%*s %*s %*s %*s %4095s", point) != 1)
                        continue;
                fs_unescape_mount(point);
                if (strncmp(point, path, n) == 0 && (point[n] == '/' || point[n] == '\0'))
                        return error_set(err, EBUSY, "%s: a file system is mounted there", point);
        }
        return 0;
}

/* Removes an entry that is no directory, or an empty one.  -ENOTEMPTY: the caller has to look inside. */
static int remove_entry(int dirfd, const char *name)
{
        if (unlinkat(dirfd, name, 0) == 0)
                return 0;
        if (errno != EISDIR && errno != EPERM)
                return -errno;
        if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
                return 0;
        return errno == EEXIST ? -ENOTEMPTY : -errno;
}

/* Moves dirfd/name into top under a name that is free there. */
static int lift(int dirfd, const char *name, int top, unsigned *serial)
{
        char free_name[32];

        do {
                snprintf(free_name, sizeof(free_name), ".lifted.%u", (*serial)++);
                if (renameat2(dirfd, name, top, free_name, RENAME_NOREPLACE) == 0)
                        return 0;
        } while (errno == EEXIST);
        return -errno;
}

/*
 * One pass over a directory.  In the top directory (sub < 0) a full subdirectory is emptied by a pass of its
 * own; there, a full one is lifted to the top, so that depth never costs anything.
 */
static int pass(int top, int sub, unsigned *serial, size_t *ret_seen)
{
        int fd = fcntl(sub < 0 ? top : sub, F_DUPFD_CLOEXEC, 3);
        _cleanup_(cleanup_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *e;

        if (!dir) {
                if (fd >= 0)
                        close(fd);
                return -errno;
        }
        rewinddir(dir);
        for (errno = 0; (e = readdir(dir)); errno = 0) {
                int r;

                if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
                        continue;
                ++*ret_seen;
                r = remove_entry(dirfd(dir), e->d_name);
                if (r == -ENOTEMPTY && sub >= 0) {
                        r = lift(sub, e->d_name, top, serial);
                } else if (r == -ENOTEMPTY) {
                        _cleanup_close_ int inner =
                            openat(top, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

                        r = inner < 0 ? -errno : pass(top, inner, serial, ret_seen);
                        if (r == 0)
                                r = remove_entry(top, e->d_name);
                        /* It gets another pass when the listing missed something. */
                        if (r == -ENOTEMPTY)
                                r = 0;
                }
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        return -errno;
}

int tree_check_mounts(int dirfd, const char *name, struct error *err)
{
        _cleanup_close_ int top = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (top < 0)
                return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
                           ? 0
                           : error_errno(err, errno, "%s", name);
        return check_mounts(top, name, err);
}

int tree_remove_at(int dirfd, const char *name, struct error *err)
{
        _cleanup_close_ int top = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        unsigned serial = 0;
        size_t seen;
        int r;

        if (top < 0 && errno == ENOENT)
                return 0;
        if (top < 0 && (errno == ENOTDIR || errno == ELOOP))
                return unlinkat(dirfd, name, 0) < 0 ? error_errno(err, errno, "%s", name) : 0;
        if (top < 0)
                return error_errno(err, errno, "%s", name);
        r = check_mounts(top, name, err);
        if (r < 0)
                return r;
        do {
                seen = 0;
                r = pass(top, -1, &serial, &seen);
        } while (r == 0 && seen > 0);
        if (r == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) < 0)
                r = -errno;
        return r < 0 ? error_errno(err, r, "%s", name) : 0;
}
