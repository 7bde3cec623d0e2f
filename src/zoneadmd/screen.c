/*
 * The screen: a VNC socket inside the zone (/tmp/vm.vnc), or a TCP address of the host, that is held here,
 * not in the jail.  Each client that connects is handed to the engine over QMP (getfd, add_client), so the
 * jail listens nowhere.  The engine asks clients for the password; a guest that waits for its first viewer is
 * let go when the engine has that one.
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
#define FD_NAME         "viewer"
#define REST_USEC       20000 /* between two clients: whoever reaches the port can connect without end */
#define ANSWER_SECONDS  10    /* an engine that has not taken a client by then hangs */
#define MAX_LATE        8     /* clients that it is given then, before it answers again */

/* Viewers that have vanished without a word (a laptop that was closed) are not kept for ever. */
static void prepare(int client)
{
        int one = 1;

        /* Both fail on a Unix socket, which needs neither. */
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

static long long serial; /* of the client that was handed over last */

/* Takes the next client after a while. */
static void rest(struct daemon *d)
{
        const struct timeval pause = {.tv_usec = REST_USEC};

        d->screen_given = 0;
        if (d->screen_timer)
                event_add(d->screen_timer, &pause);
}

/*
 * The engine keeps a descriptor that it got until add_client takes it, or another comes under the same name.
 * One name, and one client at a time, bound how many those are, and leave room in the channel for commands.
 */
static int hand_over(struct daemon *d, int client)
{
        const struct timeval limit = {.tv_sec = ANSWER_SECONDS};
        int r;

        r = qmp_send(d, "getfd", json_pack("{s:s}", "fdname", FD_NAME), client);
        if (r == 0)
                r = qmp_ask(
                    d, ++serial, "add_client",
                    json_pack("{s:s, s:s, s:b}", "protocol", "vnc", "fdname", FD_NAME, "skipauth", 0));
        if (r < 0)
                return r;
        d->screen_given = serial;
        event_add(d->screen_timer, &limit);
        return 0;
}

static void screen_accept(evutil_socket_t fd, short what, void *arg)
{
        _cleanup_close_ int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        struct daemon *d = arg;

        (void)what;
        if (client >= 0)
                prepare(client);
        if (client < 0 || hand_over(d, client) < 0)
                rest(d);
}

/* The time to rest is over, or the engine does not answer: then some more come all the same. */
static void screen_next(evutil_socket_t fd, short what, void *arg)
{
        struct daemon *d = arg;

        (void)fd;
        (void)what;
        if (d->screen_given && d->screen_late++ == 0)
                zone_log(d, "screen: the hypervisor has not taken a viewer within %d s", ANSWER_SECONDS);
        d->screen_given = 0;
        if (d->screen_late < MAX_LATE)
                event_add(d->screen_accept, NULL);
}

void screen_answer(struct daemon *d, long long id, bool taken)
{
        if (!d->screen_accept || id < 1 || id > serial)
                return;
        d->screen_late = 0;
        if (!d->screen_given || d->screen_given == id)
                rest(d);
        if (!taken || !d->screen_waits || qmp_send(d, "cont", NULL, -1) < 0)
                return;
        d->screen_waits = false;
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
        d->screen_accept = event_new(d->base, fd, EV_READ, screen_accept, d);
        d->screen_timer = evtimer_new(d->base, screen_next, d);
        if (d->screen_accept && d->screen_timer)
                return 0;
        if (!d->screen_accept)
                close(fd);
        screen_close(d);
        return error_nomem(err);
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
        d->screen_given = 0;
        d->screen_late = 0;
        if (!d->screen_accept || !d->screen_timer)
                return;
        event_del(d->screen_accept);
        event_del(d->screen_timer);
}

void screen_close(struct daemon *d)
{
        screen_hold(d);
        free(d->screen_password);
        d->screen_password = NULL;
        d->screen_waits = false;
        d->screen[0] = '\0';
        if (d->screen_timer)
                event_free(d->screen_timer);
        d->screen_timer = NULL;
        if (!d->screen_accept)
                return;
        close(event_get_fd(d->screen_accept));
        event_free(d->screen_accept);
        d->screen_accept = NULL;
}
