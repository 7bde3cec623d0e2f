/*
 * TCP to Unix socket, both ways, for any number of connections: what zonevnc does for a VNC viewer, and what
 * the brand's socat does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zonevnc/zonevnc.h"

#define PENDING_MAX (4 * 1024 * 1024) /* bytes that wait for a slow side; its source is not read beyond */

struct relay {
        struct event_base *base;
        const char *path;
};

struct pair {
        struct bufferevent *tcp, *local;
};

int listen_parse(const char *text, struct listen_at *ret, struct error *err)
{
        const char *port = text, *colon = strrchr(text, ':');
        size_t n = 0;
        char *end;
        unsigned long number;

        if (text[0] == '[') {
                const char *close = strchr(text, ']');

                if (!close || (close[1] && close[1] != ':'))
                        return error_set(err, EINVAL, "%s: expected [ADDRESS]:PORT", text);
                n = (size_t)(close - text) - 1;
                text++;
                port = close[1] ? close + 2 : NULL;
        } else if (colon) {
                n = (size_t)(colon - text);
                port = colon + 1;
        }
        if (n >= sizeof(ret->address))
                return error_set(err, EINVAL, "%s: address too long", text);
        if (n > 0)
                snprintf(ret->address, sizeof(ret->address), "%.*s", (int)n, text);
        if (!port)
                return 0;
        errno = 0;
        number = strtoul(port, &end, 10);
        if (errno || end == port || *end || number > 65535 || port[0] == '-')
                return error_set(err, EINVAL, "%s: a port is a number up to 65535", port);
        ret->port = (uint16_t)number;
        return 0;
}

static int local_connect(const char *path)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        if (fd < 0)
                return -errno;
        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static void pair_free(struct pair *pair)
{
        bufferevent_free(pair->tcp);
        bufferevent_free(pair->local);
        free(pair);
}

static void pair_read(struct bufferevent *from, void *arg)
{
        struct pair *pair = arg;
        struct bufferevent *to = from == pair->tcp ? pair->local : pair->tcp;

        bufferevent_write_buffer(to, bufferevent_get_input(from));
        if (evbuffer_get_length(bufferevent_get_output(to)) > PENDING_MAX)
                bufferevent_disable(from, EV_READ);
}

static void pair_written(struct bufferevent *to, void *arg)
{
        struct pair *pair = arg;

        bufferevent_enable(to == pair->tcp ? pair->local : pair->tcp, EV_READ);
}

static void pair_event(struct bufferevent *from, short what, void *arg)
{
        (void)from;
        (void)what;
        pair_free(arg);
}

static void relay_accept(evutil_socket_t listener, short what, void *arg)
{
        struct relay *relay = arg;
        int local, one = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct pair *pair;

        (void)what;
        if (fd < 0)
                return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        local = local_connect(relay->path);
        pair = local >= 0 ? calloc(1, sizeof(*pair)) : NULL;
        if (!pair) {
                close(fd);
                cleanup_close(&local);
                return;
        }
        pair->tcp = bufferevent_socket_new(relay->base, fd, BEV_OPT_CLOSE_ON_FREE);
        pair->local = bufferevent_socket_new(relay->base, local, BEV_OPT_CLOSE_ON_FREE);
        bufferevent_setcb(pair->tcp, pair_read, pair_written, pair_event, pair);
        bufferevent_setcb(pair->local, pair_read, pair_written, pair_event, pair);
        bufferevent_enable(pair->tcp, EV_READ | EV_WRITE);
        bufferevent_enable(pair->local, EV_READ | EV_WRITE);
}

static int tcp_listen(const struct listen_at *at, char *text, size_t size, struct error *err)
{
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(at->port)};
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(at->port)};
        bool six = strchr(at->address, ':') != NULL;
        struct sockaddr *address = six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
        socklen_t length = six ? sizeof(v6) : sizeof(v4);
        _cleanup_close_ int fd = -1;
        int one = 1;

        if (inet_pton(six ? AF_INET6 : AF_INET, at->address,
                      six ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
                return error_set(err, EINVAL, "%s: not a numeric address", at->address);
        fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return error_errno(err, errno, "socket");
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        if (bind(fd, address, length) < 0 || listen(fd, 16) < 0 || getsockname(fd, address, &length) < 0)
                return error_errno(err, errno, "%s port %u", at->address, at->port);
        snprintf(text, size, six ? "[%s]:%u" : "%s:%u", at->address, ntohs(six ? v6.sin6_port : v4.sin_port));
        return TAKE_FD(fd);
}

int relay_serve(const struct listen_at *at, const char *path, void (*announce)(const char *address),
                struct error *err)
{
        struct relay relay = {.path = path};
        char address[96];
        _cleanup_close_ int fd = tcp_listen(at, address, sizeof(address), err);
        struct event *accept;

        if (fd < 0)
                return fd;
        relay.base = event_base_new();
        accept = relay.base ? event_new(relay.base, fd, EV_READ | EV_PERSIST, relay_accept, &relay) : NULL;
        if (!accept || event_add(accept, NULL) < 0)
                return error_nomem(err);
        announce(address);
        event_base_dispatch(relay.base);
        return 0;
}
