/*
 * The screen: a VNC socket inside the zone (/tmp/vm.vnc) that is held here, not in the jail.  Each client
 * that connects is handed to the engine over QMP (getfd, add_client), so the jail listens nowhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "zoneadmd/daemon.h"

static void hand_over(struct daemon *d, int client)
{
        static unsigned serial;
        char name[32];

        snprintf(name, sizeof(name), "vnc%u", serial++);
        if (qmp_send(d, "getfd", json_pack("{s:s}", "fdname", name), client) < 0)
                return;
        qmp_send(d, "add_client",
                 json_pack("{s:s, s:s, s:b}", "protocol", "vnc", "fdname", name, "skipauth", 0), -1);
}

static void screen_accept(evutil_socket_t fd, short what, void *arg)
{
        _cleanup_close_ int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

        (void)what;
        if (client >= 0)
                hand_over(arg, client);
}

int screen_open(struct daemon *d, const char *path, struct error *err)
{
        _cleanup_close_ int root = platform_zone_root(d, err), dir = -1;
        _cleanup_free_ char *folder = strdup(path);
        char *slash = folder ? strrchr(folder, '/') : NULL;
        int fd;

        if (root < 0)
                return root;
        if (!slash || !slash[1] || folder[0] != '/')
                return error_set(err, EINVAL, "vnc: %s: a socket needs an absolute path", path);
        *slash = '\0';
        dir = fs_open_in_root(root, *folder ? folder : "/", O_RDONLY | O_DIRECTORY, 0);
        if (dir < 0)
                return error_errno(err, dir, "vnc: %s", path);
        fd = socket_listen_at(dir, slash + 1, err);
        if (fd < 0)
                return error_prefix(err, "vnc: %s", path);
        screen_close(d);
        d->screen_accept = event_new(d->base, fd, EV_READ | EV_PERSIST, screen_accept, d);
        if (!d->screen_accept || event_add(d->screen_accept, NULL) < 0) {
                close(fd);
                return error_nomem(err);
        }
        return 0;
}

void screen_close(struct daemon *d)
{
        if (!d->screen_accept)
                return;
        close(event_get_fd(d->screen_accept));
        event_free(d->screen_accept);
        d->screen_accept = NULL;
}
