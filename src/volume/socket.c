/* Where a socket of the zone goes; see socket.h. */
#include "volume/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strv.h"

int volume_socket_dir(int zone_root, const char *path, const char **ret_name, struct error *err)
{
        const char *slash = strrchr(path, '/');
        char dir[PATH_MAX];
        int fd;

        if (path[0] != '/' || !slash[1] || !str_printable(path) || strlen(path) >= sizeof(dir))
                return error_set(err, EINVAL, "a socket needs an absolute path");
        snprintf(dir, sizeof(dir), "%.*s", slash > path ? (int)(slash - path) : 1, path);
        *ret_name = slash + 1;
        fd = zone_root < 0 ? -ENOENT : fs_open_in_root(zone_root, dir, O_RDONLY | O_DIRECTORY, 0);
        if (fd == -ENOENT)
                return error_set(err, ENOENT,
                                 "the zone's own root has no directory %s for the socket; make it there, or "
                                 "use one that it has, like /tmp",
                                 dir);
        return fd < 0 ? error_errno(err, fd, "directory of the socket") : fd;
}

int volume_socket_free(int dir, const char *name, struct error *err)
{
        struct stat st;

        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISSOCK(st.st_mode))
                return 0;
        return error_set(err, EEXIST,
                         "something that is not a socket is in its place; remove it, or name another path");
}
