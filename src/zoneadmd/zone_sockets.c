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
#include "volume/socket.h"
#include "zoneadmd/daemon.h"

#define LIST     "sockets"
#define LIST_MAX (64 * 1024) /* four serial ports and a screen, of at most PATH_MAX bytes each */

static int open_dir(struct daemon *d, const char *path, const char **ret_name, struct error *err)
{
        _cleanup_close_ int root = platform_zone_root(d, err);

        return root < 0 ? root : volume_socket_dir(root, path, ret_name, err);
}

int zone_socket_listen(struct daemon *d, const char *path, struct error *err)
{
        _cleanup_close_ int engine = engine_dir(d, true, err), list = -1, dir = -1;
        const char *name;
        int fd, r;

        if (engine < 0)
                return engine;
        dir = open_dir(d, path, &name, err);
        if (dir < 0)
                return dir;
        r = volume_socket_free(dir, name, err);
        if (r < 0)
                return r;
        list = openat(engine, LIST, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (list < 0 || dprintf(list, "%s\n", path) < 0)
                return error_errno(err, errno, "list of sockets");
        /* Who calls this says the path. */
        fd = socket_listen_at(dir, name, NULL);
        return fd < 0 ? error_errno(err, fd, "cannot listen") : fd;
}

void zone_socket_place(struct daemon *d, const char *path, char *buf, size_t size)
{
        const char *name;
        _cleanup_close_ int dir = open_dir(d, path, &name, NULL);
        char link[64], place[PATH_MAX];
        ssize_t n;

        buf[0] = '\0';
        if (dir < 0)
                return;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
        n = readlink(link, place, sizeof(place) - 1);
        if (n > 0)
                snprintf(buf, size, "%.*s/%s", (int)n, place, name);
}

static void remove_socket(int dir, const char *name)
{
        struct stat st;

        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode))
                unlinkat(dir, name, 0);
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
                _cleanup_close_ int dir = *path ? open_dir(d, path, &name, NULL) : -1;

                if (dir < 0)
                        continue;
                remove_socket(dir, name);
                remove_socket(dir, SOCKET_UNNAMED);
        }
        unlinkat(engine, LIST, 0);
}
