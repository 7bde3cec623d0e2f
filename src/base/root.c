/* The alternate root; see root.h. */
#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

int root_set(struct root *root, const char *path, struct error *err)
{
        struct stat st;
        size_t n = strlen(path);

        if (path[0] != '/')
                return error_set(err, EINVAL, "root path must be absolute: %s", path);
        if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
                return error_set(err, ENOTDIR, "root path must be a directory: %s", path);
        while (n > 0 && path[n - 1] == '/')
                n--;
        /* Leave room for the longest path that is put behind it. */
        if (n > sizeof(root->path) / 2)
                return error_set(err, ENAMETOOLONG, "root path is too long: %s", path);
        memcpy(root->path, path, n);
        root->path[n] = '\0';
        return 0;
}

int root_from_env(struct root *root, struct error *err)
{
        const char *path = getenv(ZONES_ROOT_ENV);

        root->path[0] = '\0';
        return path && *path ? root_set(root, path, err) : 0;
}

unsigned root_hash(const struct root *root)
{
        unsigned h = 5381;

        for (const char *p = root->path; *p; p++)
                h = h * 33 + (unsigned char)*p;
        return h;
}

int root_path(const struct root *root, const char *path, char *buf, size_t size)
{
        int n = snprintf(buf, size, "%s%s", root->path, path);

        return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int root_open_dir(const struct root *root, const char *path, struct error *err)
{
        char full[PATH_MAX];
        int fd;

        if (root_path(root, path, full, sizeof(full)) < 0)
                return error_set(err, ENAMETOOLONG, "%s%s: path too long", root->path, path);
        fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? error_errno(err, errno, "%s", full) : fd;
}

int root_make_dir(const struct root *root, const char *path, unsigned mode, struct error *err)
{
        char full[PATH_MAX];
        int fd, r;

        if (root_path(root, path, full, sizeof(full)) < 0)
                return error_set(err, ENAMETOOLONG, "%s%s: path too long", root->path, path);
        fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                return fd;
        r = fs_mkdir_p(full, 0755);
        if (r < 0)
                return error_errno(err, r, "%s", full);
        fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return error_errno(err, errno, "%s", full);
        if (fchmod(fd, mode) < 0) {
                r = error_errno(err, errno, "%s", full);
                close(fd);
                return r;
        }
        return fd;
}

int root_program(const struct root *root, const char *path, char *buf, size_t size)
{
        int n;

        if (root->path[0] && root_path(root, path, buf, size) == 0 && access(buf, X_OK) == 0)
                return 0;
        n = snprintf(buf, size, "%s", path);
        return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}
