/*
 * The screen: a VNC socket inside the zone (/tmp/vm.vnc), or a TCP address of the host, that is held here,
 * not in the jail.  Each client that connects is handed to the engine over QMP (getfd, add_client), so the
 * jail listens nowhere.  The engine asks clients for the password; a guest that waits for its first viewer is
 * let go when that one is handed over.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/listen.h"
#include "zoneadmd/daemon.h"

#define DEFAULT_ADDRESS "127.0.0.1" /* of tcp=:PORT */

/* Viewers that have vanished without a word (a laptop that was closed) are not kept for ever. */
static void prepare(int client)
{
        int one = 1;

        /* Both fail on a Unix socket, which needs neither. */
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

static int hand_over(struct daemon *d, int client)
{
        static unsigned serial;
        char name[32];
        int r;

        snprintf(name, sizeof(name), "vnc%u", serial++);
        r = qmp_send(d, "getfd", json_pack("{s:s}", "fdname", name), client);
        if (r < 0)
                return r;
        return qmp_send(d, "add_client",
                        json_pack("{s:s, s:s, s:b}", "protocol", "vnc", "fdname", name, "skipauth", 0), -1);
}

static void screen_accept(evutil_socket_t fd, short what, void *arg)
{
        _cleanup_close_ int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        struct daemon *d = arg;

        (void)what;
        if (client < 0)
                return;
        prepare(client);
        if (hand_over(d, client) < 0 || !d->screen_waits)
                return;
        d->screen_waits = false;
        qmp_send(d, "cont", NULL, -1);
        zone_set_state(d, d->state, "guest-running", NULL);
}

static int listen_tcp(struct daemon *d, const char *where, struct error *err)
{
        struct listen_at at = {.address = DEFAULT_ADDRESS};
        char text[LISTEN_TEXT];
        int fd = listen_parse(where, &at, err);

        if (fd == 0)
                fd = listen_open(&at, text, err);
        if (fd >= 0)
                snprintf(d->screen, sizeof(d->screen), "%s", text);
        return fd;
}

static int listen_unix(struct daemon *d, const char *path, struct error *err)
{
        int fd = zone_socket_listen(d, path, err);

        if (fd >= 0)
                zone_socket_place(d, path, d->screen, sizeof(d->screen));
        return fd;
}

int screen_open(struct daemon *d, const char *where, struct error *err)
{
        int fd;

        screen_close(d);
        fd = where[0] == '/' ? listen_unix(d, where, err) : listen_tcp(d, where, err);
        if (fd < 0)
                return error_prefix(err, "vnc: %s", where);
        d->screen_accept = event_new(d->base, fd, EV_READ | EV_PERSIST, screen_accept, d);
        if (!d->screen_accept) {
                close(fd);
                d->screen[0] = '\0';
                return error_nomem(err);
        }
        return 0;
}

int screen_expect(struct daemon *d, const struct bconf *conf, struct error *err)
{
        const char *password = bhyve_screen_password(conf);

        free(d->screen_password);
        d->screen_password = password ? strdup(password) : NULL;
        if (password && !d->screen_password)
                return error_nomem(err);
        /* After a recovery the engine may run the guest already. */
        d->screen_waits = bhyve_waits_for_viewer(conf) && strcmp(d->aux, "guest-running") != 0;
        return 0;
}

void screen_ready(struct daemon *d)
{
        if (!d->screen_accept)
                return;
        /* Until it has a password, an engine that was told to ask for one lets nobody in. */
        if (d->screen_password)
                qmp_send(d, "set_password",
                         json_pack("{s:s, s:s}", "protocol", "vnc", "password", d->screen_password), -1);
        event_add(d->screen_accept, NULL);
}

void screen_hold(struct daemon *d)
{
        if (d->screen_accept)
                event_del(d->screen_accept);
}

void screen_close(struct daemon *d)
{
        free(d->screen_password);
        d->screen_password = NULL;
        d->screen_waits = false;
        if (!d->screen_accept)
                return;
        close(event_get_fd(d->screen_accept));
        event_free(d->screen_accept);
        d->screen_accept = NULL;
        d->screen[0] = '\0';
}
