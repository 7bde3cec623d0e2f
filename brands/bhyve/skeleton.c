/* Making and removing the root directory of a zone; see skeleton.h. */
#include "skeleton.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/tree.h"

static const struct {
        const char *path;
        mode_t mode;
} directories[] = {
    {"dev", 0755}, {"etc", 0755},     {"lib", 0755},  {"sbin", 0755},     {"usr", 0755},
    {"var", 0755}, {"var/run", 0755}, {"tmp", 01777}, {"var/tmp", 01777},
};

static int make_directory(int at, const char *path, mode_t mode)
{
        _cleanup_close_ int fd = -1;
        int r = fs_mkdir_in_root(at, path, 0755);

        fd = r < 0 ? r : fs_open_beneath(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
        if (fd < 0)
                return fd;
        return fchmod(fd, mode) < 0 ? -errno : 0;
}

static int fill_etc(int root_fd, const char *uuid)
{
        static const char passwd[] = "root:x:0:0:Super-User:/:/sbin/sh\n";
        _cleanup_close_ int etc = fs_open_beneath(root_fd, "etc", O_RDONLY | O_DIRECTORY, 0);
        char line[UUID_TEXT + 1];
        int n = snprintf(line, sizeof(line), "%s\n", uuid), r;

        if (etc < 0)
                return etc;
        r = fs_replace_at(etc, "passwd", passwd, sizeof(passwd) - 1, 0644);
        if (r == 0 && n > 1)
                r = fs_replace_at(etc, "uuid", line, (size_t)n, 0644);
        return r;
}

int skeleton_make(int zonepath_fd, const char *uuid, bool *ret_made, struct error *err)
{
        _cleanup_close_ int root_fd = -1;
        int r = 0;

        *ret_made = mkdirat(zonepath_fd, "root", 0755) == 0;
        if (!*ret_made && errno != EEXIST)
                return error_errno(err, errno, "root");
        root_fd = fs_open_beneath(zonepath_fd, "root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
        if (root_fd < 0)
                return error_errno(err, root_fd, "root");
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                r = make_directory(root_fd, directories[i].path, directories[i].mode);
                if (r < 0)
                        return error_errno(err, r, "root/%s", directories[i].path);
        }
        if (symlinkat("usr/bin", root_fd, "bin") < 0 && errno != EEXIST)
                return error_errno(err, errno, "root/bin");
        r = fill_etc(root_fd, uuid);
        if (r < 0)
                return error_errno(err, r, "root/etc");
        r = make_directory(zonepath_fd, "log", 0700);
        return r < 0 ? error_errno(err, r, "log") : 0;
}

int skeleton_remove(int zonepath_fd, struct error *err)
{
        static const char *const names[] = {"root", "tpm", "log"};
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++)
                r = tree_remove_at(zonepath_fd, names[i], err);
        return r;
}
