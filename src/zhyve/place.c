/* Whether a socket may be made at a path of the host; see place.h. */
#include "place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

bool place_is_socket(const char *path)
{
        struct stat st;

        return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Whoever refuses the connection for another reason than that he has gone is there. */
static bool is_served(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        return fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
               (errno != ECONNREFUSED && errno != ENOENT);
}

int place_check(const char *path, struct error *err)
{
        struct stat st;

        if (strlen(path) > SOCKET_PATH_MAX)
                return error_set(err, ENAMETOOLONG, "%s: the path of a socket has at most %zu bytes", path,
                                 SOCKET_PATH_MAX);
        if (lstat(path, &st) < 0)
                return errno == ENOENT ? 0 : error_errno(err, errno, "%s", path);
        if (!S_ISSOCK(st.st_mode))
                return error_set(err, EEXIST, "%s: something that is not a socket is in its place", path);
        if (is_served(path))
                return error_set(err, EADDRINUSE, "%s: the socket is in use", path);
        return 0;
}
