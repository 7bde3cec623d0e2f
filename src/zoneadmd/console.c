/*
 * The zone's console.  The engine's serial port is drained always, into a ring of the last 64 KiB; the one
 * client that may be attached is a reader of the ring with a position of its own.  A client that stops
 * reading falls behind and loses the oldest output, and the guest never notices.
 *
 * The client's side is the protocol of zones-tools.md 5.4: "IDENT <pid> <locale> <flag>\n", answered by
 * "OK\n" or by the pid of the client that is there already.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "door/door.h"
#include "zoneadmd/daemon.h"

#define IDENT_MAX     256 /* bytes of the greeting of a client */
#define IDENT_SECONDS 5   /* a client that has not said who it is by then is dropped */
/*
 * A guest's serial port hands over single bytes.  Reading each as it comes costs a wake-up for every byte; a
 * rest after each read gathers them, and is short enough that the some 270 bytes which the socket holds one
 * by one never fill it at the speed of a serial line.
 */
#define REST_USEC   2000
#define RESUME_USEC 5000 /* input that the serial port has no room for is offered again after this */
/* A client that is disconnected has this long to read the rest.  zoneadm uninstall waits longer than that. */
#define FAREWELL_SECONDS 2

struct console_peer {
        struct daemon *d;
        int fd;
        struct event *readable, *writable, *resume, *farewell;
        bool identified;
        bool leave_on_halt; /* zlogin -d */
        bool closing;       /* everything up to the end of the ring is sent, or time is up; then it ends */
        long pid;
        unsigned long long sent; /* position in the console's stream */
        char ident[IDENT_MAX];
        size_t ident_len;
};

static void peer_free(struct console_peer *peer)
{
        if (peer->d->console.peer == peer)
                peer->d->console.peer = NULL;
        event_free(peer->readable);
        event_free(peer->writable);
        event_free(peer->resume);
        event_free(peer->farewell);
        peer->d->console.connections--;
        close(peer->fd);
        free(peer);
}

/* Sends what the client has not seen; waits for the socket when it is full. */
static void peer_pump(struct console_peer *peer)
{
        struct console *con = &peer->d->console;

        if (con->written - peer->sent > CONSOLE_KEEP)
                peer->sent = con->written - CONSOLE_KEEP;
        while (peer->sent < con->written) {
                size_t at = peer->sent % CONSOLE_KEEP, n = (size_t)(con->written - peer->sent);
                ssize_t done;

                if (n > CONSOLE_KEEP - at)
                        n = CONSOLE_KEEP - at;
                done = send(peer->fd, con->ring + at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
                if (done < 0 && errno == EINTR)
                        continue;
                if (done < 0 && errno == EAGAIN) {
                        event_add(peer->writable, NULL);
                        return;
                }
                if (done < 0) {
                        struct daemon *d = peer->d;

                        peer_free(peer);
                        daemon_maybe_leave(d);
                        return;
                }
                peer->sent += (size_t)done;
        }
        if (peer->closing) {
                struct daemon *d = peer->d;

                peer_free(peer);
                daemon_maybe_leave(d);
        }
}

static void peer_writable(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        peer_pump(arg);
}

static void ring_add(struct daemon *d, const char *data, size_t len)
{
        struct console *con = &d->console;

        for (size_t done = 0; done < len;) {
                size_t at = con->written % CONSOLE_KEEP, n = len - done;

                if (n > CONSOLE_KEEP - at)
                        n = CONSOLE_KEEP - at;
                memcpy(con->ring + at, data + done, n);
                con->written += n;
                done += n;
        }
        if (con->peer && con->peer->identified)
                peer_pump(con->peer);
}

void console_notice(struct daemon *d, const char *fmt, ...)
{
        char text[512], line[600];
        va_list ap;
        int n;

        va_start(ap, fmt);
        vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        n = snprintf(line, sizeof(line), "\r\n[%s]\r\n", text);
        ring_add(d, line, n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1);
        zone_log(d, "%s", text);
}

/* ---- the engine's side ------------------------------------------------------------------------------- */

static void engine_readable(evutil_socket_t fd, short what, void *arg)
{
        struct daemon *d = arg;
        char data[16384];
        ssize_t n = read(fd, data, sizeof(data));

        (void)what;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                console_detach(d);
                return;
        }
        brake_rest(&d->console.brake, REST_USEC);
        ring_add(d, data, (size_t)n);
}

void console_attach(struct daemon *d, int fd)
{
        console_detach(d);
        evutil_make_socket_nonblocking(fd);
        d->console.fd = fd;
        d->console.readable = event_new(d->base, fd, EV_READ | EV_PERSIST, engine_readable, d);
        if (!d->console.readable)
                return;
        event_add(d->console.readable, NULL);
        brake_open(&d->console.brake, d->console.readable, SIZE_MAX);
}

void console_detach(struct daemon *d)
{
        if (d->console.readable) {
                char data[16384];
                ssize_t n;

                /* What a dying engine still said is in the socket. */
                for (int i = 0; i < 64 && (n = read(d->console.fd, data, sizeof(data))) > 0; i++)
                        ring_add(d, data, (size_t)n);
                brake_close(&d->console.brake);
                event_free(d->console.readable);
        }
        d->console.readable = NULL;
        cleanup_close(&d->console.fd);
}

/* ---- the client's side ------------------------------------------------------------------------------- */

/* Its session has ended.  It is still here for what it typed, which a guest that hangs never takes. */
static bool peer_ended(const struct console_peer *peer)
{
        struct pollfd pollfd = {.fd = peer->fd};

        return poll(&pollfd, 1, 0) > 0 && (pollfd.revents & POLLHUP);
}

/* "IDENT <pid> <locale> <flag>": the locale is not used, our texts have one language. */
static bool peer_identify(struct console_peer *peer)
{
        struct daemon *d = peer->d;
        char locale[64], reply[32];
        int disconnect = 0;
        long pid;

        peer->ident[peer->ident_len] = '\0';
        if (sscanf(peer->ident, "IDENT %ld %63s %d", &pid, locale, &disconnect) < 2)
                return false;
        if (d->console.peer && peer_ended(d->console.peer))
                peer_free(d->console.peer);
        if (d->console.peer) {
                int n = snprintf(reply, sizeof(reply), "%ld\n", d->console.peer->pid);

                (void)!send(peer->fd, reply, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
                return false;
        }
        if (send(peer->fd, "OK\n", 3, MSG_DONTWAIT | MSG_NOSIGNAL) != 3)
                return false;
        peer->identified = true;
        peer->pid = pid;
        peer->leave_on_halt = disconnect != 0;
        peer->sent = d->console.written > CONSOLE_KEEP ? d->console.written - CONSOLE_KEEP : 0;
        d->console.peer = peer;
        return true;
}

static void peer_input(struct console_peer *peer)
{
        const struct timeval later = {.tv_usec = RESUME_USEC};
        struct daemon *d = peer->d;
        char data[1024];
        ssize_t n, done;

        /* Take no more than the guest's serial port takes: the client waits, nobody else. */
        n = recv(peer->fd, data, sizeof(data), MSG_PEEK | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                peer_free(peer);
                daemon_maybe_leave(d);
                return;
        }
        done = d->console.fd >= 0 ? send(d->console.fd, data, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) : n;
        if (done < 0)
                done = errno == EAGAIN ? 0 : n;
        if (done > 0) {
                (void)!recv(peer->fd, data, (size_t)done, MSG_DONTWAIT);
                return;
        }
        /* The port is full: do not spin on input that cannot be delivered. */
        event_del(peer->readable);
        event_add(peer->resume, &later);
}

static void peer_resume(evutil_socket_t fd, short what, void *arg)
{
        struct console_peer *peer = arg;

        (void)fd;
        (void)what;
        event_add(peer->readable, NULL);
}

/* It was disconnected and does not read: a zlogin that is suspended, say. */
static void peer_farewell_over(evutil_socket_t fd, short what, void *arg)
{
        struct console_peer *peer = arg;
        struct daemon *d = peer->d;

        (void)fd;
        (void)what;
        peer_free(peer);
        daemon_maybe_leave(d);
}

static void peer_readable(evutil_socket_t fd, short what, void *arg)
{
        struct console_peer *peer = arg;
        struct daemon *d = peer->d;
        ssize_t n;

        if (peer->identified) {
                peer_input(peer);
                return;
        }
        n = what & EV_TIMEOUT ? 0 : read(fd, peer->ident + peer->ident_len, 1);
        while (n == 1 && peer->ident[peer->ident_len] != '\n' && ++peer->ident_len < IDENT_MAX - 1)
                n = read(fd, peer->ident + peer->ident_len, 1);
        if (n < 0 && errno == EAGAIN)
                return;
        if (n != 1 || peer->ident_len >= IDENT_MAX - 1 || !peer_identify(peer)) {
                peer_free(peer);
                daemon_maybe_leave(d);
                return;
        }
        event_del(peer->readable);
        event_add(peer->readable, NULL); /* no time limit from here on */
        peer_pump(peer);
}

static bool accept_one(struct daemon *d, int listener)
{
        const struct timeval limit = {.tv_sec = IDENT_SECONDS};
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct console_peer *peer;

        if (fd < 0)
                return false;
        peer = socket_peer_is_root(fd) ? calloc(1, sizeof(*peer)) : NULL;
        if (!peer) {
                close(fd);
                return true;
        }
        peer->d = d;
        peer->fd = fd;
        peer->readable = event_new(d->base, fd, EV_READ | EV_PERSIST, peer_readable, peer);
        peer->writable = event_new(d->base, fd, EV_WRITE, peer_writable, peer);
        peer->resume = evtimer_new(d->base, peer_resume, peer);
        peer->farewell = evtimer_new(d->base, peer_farewell_over, peer);
        d->console.connections++;
        event_add(peer->readable, &limit);
        return true;
}

static void console_accept(evutil_socket_t fd, short what, void *arg)
{
        (void)what;
        accept_one(arg, fd);
}

size_t console_accept_pending(struct daemon *d)
{
        size_t n = 0;

        while (d->console.accept && accept_one(d, event_get_fd(d->console.accept)))
                n++;
        return n;
}

int console_open(struct daemon *d, struct error *err)
{
        char name[NAME_MAX + 1];
        int fd;

        d->console.ring = d->console.ring ? d->console.ring : malloc(CONSOLE_KEEP);
        if (!d->console.ring)
                return error_nomem(err);
        snprintf(name, sizeof(name), "%s." CONSOLE_SUFFIX, d->zone);
        fd = socket_listen_at(d->run_dir, name, err);
        if (fd < 0)
                return fd;
        d->console.accept = event_new(d->base, fd, EV_READ | EV_PERSIST, console_accept, d);
        if (!d->console.accept || event_add(d->console.accept, NULL) < 0) {
                close(fd);
                return error_nomem(err);
        }
        return 0;
}

bool console_leaves_on_halt(const struct daemon *d)
{
        return d->console.peer && d->console.peer->leave_on_halt;
}

void console_disconnect(struct daemon *d, bool only_d)
{
        const struct timeval limit = {.tv_sec = FAREWELL_SECONDS};
        struct console_peer *peer = d->console.peer;

        if (!peer || (only_d && !peer->leave_on_halt))
                return;
        if (!peer->closing)
                event_add(peer->farewell, &limit);
        peer->closing = true;
        peer_pump(peer);
}

void console_close(struct daemon *d)
{
        char name[NAME_MAX + 1];

        if (!d->console.accept)
                return;
        snprintf(name, sizeof(name), "%s." CONSOLE_SUFFIX, d->zone);
        unlinkat(d->run_dir, name, 0);
        close(event_get_fd(d->console.accept));
        event_free(d->console.accept);
        d->console.accept = NULL;
}
