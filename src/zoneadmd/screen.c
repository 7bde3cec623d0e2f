/*
 * The screen: a VNC socket inside the zone (/tmp/vm.vnc) that is held here, not in the jail.  Each client
 * that connects is handed to the engine over QMP (getfd, add_client), so the jail listens nowhere.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
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
        int fd = zone_socket_listen(d, path, err);

        if (fd < 0)
                return error_prefix(err, "vnc: %s", path);
        screen_close(d);
        d->screen_accept = event_new(d->base, fd, EV_READ | EV_PERSIST, screen_accept, d);
        if (!d->screen_accept || event_add(d->screen_accept, NULL) < 0) {
                close(fd);
                return error_nomem(err);
        }
        snprintf(d->screen, sizeof(d->screen), "%s/root%s", d->zonepath, path);
        return 0;
}

void screen_close(struct daemon *d)
{
        if (!d->screen_accept)
                return;
        close(event_get_fd(d->screen_accept));
        event_free(d->screen_accept);
        d->screen_accept = NULL;
        d->screen[0] = '\0';
}
