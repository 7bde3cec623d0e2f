/*
 * Reaching a screen: a Unix socket at a path of any length, or a TCP address.  Of a path, no part may be a
 * symbolic link: it leads into a zone.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zonevnc/zonevnc.h"

int screen_connect(const char *where)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
        _cleanup_close_ int fd = -1, place = -1;
        struct listen_at at = {0};

        if (where[0] != '/')
                return listen_parse(where, &at, NULL) < 0 ? -EINVAL : listen_connect(&at);
        place = (int)syscall(SYS_openat2, AT_FDCWD, where, &how, sizeof(how));
        if (place < 0)
                return -errno;
        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}
