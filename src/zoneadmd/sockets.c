/* Unix sockets by directory descriptor: sun_path holds 107 bytes, and an alternate root may be deeper. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zoneadmd/daemon.h"

static int socket_address(int dir, const char *name, struct sockaddr_un *ret)
{
        int n;

        *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
        n = snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", dir, name);
        return n < 0 || (size_t)n >= sizeof(ret->sun_path) ? -ENAMETOOLONG : 0;
}

/* A socket can have a longer name than it can be bound to: then it gets its name afterwards. */
static int bind_at(int fd, int dir, const char *name)
{
        struct sockaddr_un address;
        int r = socket_address(dir, name, &address);
        bool linked = r == -ENAMETOOLONG;

        if (linked) {
                unlinkat(dir, SOCKET_UNNAMED, 0);
                r = socket_address(dir, SOCKET_UNNAMED, &address);
        }
        if (r < 0)
                return r;
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        if (!linked)
                return 0;
        r = linkat(dir, SOCKET_UNNAMED, dir, name, 0) < 0 ? -errno : 0;
        unlinkat(dir, SOCKET_UNNAMED, 0);
        return r;
}

int socket_listen_at(int dir, const char *name, struct error *err)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        mode_t old;
        int r;

        if (fd < 0)
                return error_errno(err, errno, "socket");
        if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
                return error_errno(err, errno, "%s", name);
        old = umask(0177);
        r = bind_at(fd, dir, name);
        umask(old);
        if (r == 0 && listen(fd, 64) < 0)
                r = -errno;
        return r < 0 ? error_errno(err, r, "%s", name) : TAKE_FD(fd);
}

int socket_connect_at(int dir, const char *name)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address;
        int r;

        if (fd < 0)
                return -errno;
        r = socket_address(dir, name, &address);
        if (r < 0)
                return r;
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

bool socket_peer_is_root(int fd)
{
        struct ucred cred;
        socklen_t size = sizeof(cred);

        return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) == 0 && cred.uid == 0;
}
