/*
 * Sockets at paths inside the zone (the screen, com2=socket,PATH): listened on from outside, so that the jail
 * binds nothing.  The paths are written down in /run/zones/NAME.engine/sockets before they are made, so that
 * whoever cleans up, after whatever crash, can take them away.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "zoneadmd/daemon.h"

#define LIST     "sockets"
#define LIST_MAX (64 * 1024) /* four serial ports and a screen, of at most PATH_MAX bytes each */

/* Opens the folder of a path in the zone's root; *ret_name is the last part, within path. */
static int open_folder(struct daemon *d, const char *path, const char **ret_name, struct error *err)
{
        _cleanup_close_ int root = platform_zone_root(d, err);
        const char *slash = strrchr(path, '/');
        char folder[PATH_MAX];
        int fd;

        if (root < 0)
                return root;
        if (path[0] != '/' || !slash[1] || !str_printable(path) || strlen(path) >= sizeof(folder))
                return error_set(err, EINVAL, "a socket needs an absolute path");
        snprintf(folder, sizeof(folder), "%.*s", slash > path ? (int)(slash - path) : 1, path);
        *ret_name = slash + 1;
        fd = fs_open_in_root(root, folder, O_RDONLY | O_DIRECTORY, 0);
        return fd < 0 ? error_errno(err, fd, "folder of the socket") : fd;
}

int zone_socket_listen(struct daemon *d, const char *path, struct error *err)
{
        _cleanup_close_ int engine = engine_dir(d, true, err), list = -1, folder = -1;
        const char *name;
        struct stat st;
        int fd;

        if (engine < 0)
                return engine;
        folder = open_folder(d, path, &name, err);
        if (folder < 0)
                return folder;
        /* Never in the place of something that is not a socket. */
        if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISSOCK(st.st_mode))
                return error_set(err, EEXIST, "something that is not a socket is in its place");
        list = openat(engine, LIST, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (list < 0 || dprintf(list, "%s\n", path) < 0)
                return error_errno(err, errno, "list of sockets");
        /* Who calls this says the path. */
        fd = socket_listen_at(folder, name, NULL);
        return fd < 0 ? error_errno(err, fd, "cannot listen") : fd;
}

void zone_socket_place(struct daemon *d, const char *path, char *buf, size_t size)
{
        const char *name;
        _cleanup_close_ int folder = open_folder(d, path, &name, NULL);
        char link[64], place[PATH_MAX];
        ssize_t n;

        buf[0] = '\0';
        if (folder < 0)
                return;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
        n = readlink(link, place, sizeof(place) - 1);
        if (n > 0)
                snprintf(buf, size, "%.*s/%s", (int)n, place, name);
}

static void remove_socket(int folder, const char *name)
{
        struct stat st;

        if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode))
                unlinkat(folder, name, 0);
}

void zone_sockets_remove(struct daemon *d, int engine)
{
        _cleanup_free_ char *text = NULL;
        char *rest, *path;

        if (fs_read_at(engine, LIST, LIST_MAX, &text, NULL) < 0)
                return;
        rest = text;
        while ((path = strsep(&rest, "\n"))) {
                const char *name;
                _cleanup_close_ int folder = *path ? open_folder(d, path, &name, NULL) : -1;

                if (folder < 0)
                        continue;
                remove_socket(folder, name);
                remove_socket(folder, SOCKET_UNNAMED);
        }
        unlinkat(engine, LIST, 0);
}
