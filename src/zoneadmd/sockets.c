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

int socket_listen_at(int dir, const char *name, struct error *err)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address;
        mode_t old;
        int r;

        if (fd < 0)
                return error_errno(err, errno, "socket");
        r = socket_address(dir, name, &address);
        if (r < 0)
                return error_errno(err, r, "%s", name);
        if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
                return error_errno(err, errno, "%s", name);
        old = umask(0177);
        r = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
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
