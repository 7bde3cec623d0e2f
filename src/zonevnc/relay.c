/*
 * TCP to the screen's socket, both ways, for any number of connections: what zonevnc does for a VNC viewer,
 * and what the brand's socat does.
 *
 * Each direction has one buffer.  It is filled by one read, and nothing more is read before all of it is
 * written, so a slow side holds its peer back and costs no memory.  When one side ends, the other is told
 * (half-close) and has a little time left to say what it still has to say.
 */
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zonevnc/zonevnc.h"

#define BUFFER_SIZE    (256 * 1024)
#define MAX_PAIRS      128 /* connections at a time; each costs two buffers and two descriptors */
#define LINGER_SECONDS 2
#define ROUNDS         8 /* buffers for one connection before it is the turn of the others */

struct relay {
        struct event_base *base;
        struct screens *screens;
        size_t n_pairs;
};

struct pair;

struct flow {
        struct pair *pair;
        int from, to;
        struct event *readable, *writable;
        size_t start, len; /* what is in the buffer */
        bool ended;
        unsigned char data[BUFFER_SIZE];
};

struct pair {
        struct relay *relay;
        int tcp, screen;
        struct flow flow[2];
};

static void pair_free(struct pair *pair)
{
        for (size_t i = 0; i < ARRAY_SIZE(pair->flow); i++) {
                if (pair->flow[i].readable)
                        event_free(pair->flow[i].readable);
                if (pair->flow[i].writable)
                        event_free(pair->flow[i].writable);
        }
        cleanup_close(&pair->tcp);
        cleanup_close(&pair->screen);
        pair->relay->n_pairs--;
        free(pair);
}

static int flow_wait(struct flow *flow, struct event *what)
{
        static const struct timeval linger = {.tv_sec = LINGER_SECONDS};
        bool lingers = flow->pair->flow[0].ended || flow->pair->flow[1].ended;

        return event_add(what, lingers ? &linger : NULL) < 0 ? -ENOMEM : 0;
}

static int flow_end(struct flow *flow)
{
        struct flow *other = &flow->pair->flow[flow == &flow->pair->flow[0]];

        flow->ended = true;
        shutdown(flow->to, SHUT_WR);
        if (other->ended)
                return -EPIPE;
        return flow_wait(other, other->len > 0 ? other->writable : other->readable);
}

/* Moves what can be moved; a negative result ends the connection. */
static int flow_move(struct flow *flow)
{
        for (int round = 0; round < ROUNDS;) {
                ssize_t n;

                if (flow->len > 0) {
                        n = send(flow->to, flow->data + flow->start, flow->len, MSG_NOSIGNAL);
                        if (n < 0)
                                return errno == EAGAIN || errno == EINTR ? flow_wait(flow, flow->writable)
                                                                         : -errno;
                        flow->start += (size_t)n;
                        flow->len -= (size_t)n;
                        continue;
                }
                n = recv(flow->from, flow->data, sizeof(flow->data), 0);
                if (n == 0)
                        return flow_end(flow);
                if (n < 0)
                        return errno == EAGAIN || errno == EINTR ? flow_wait(flow, flow->readable) : -errno;
                flow->start = 0;
                flow->len = (size_t)n;
                round++;
        }
        return flow_wait(flow, flow->len > 0 ? flow->writable : flow->readable);
}

static void flow_go(evutil_socket_t fd, short what, void *arg)
{
        struct flow *flow = arg;

        (void)fd;
        if (what & EV_TIMEOUT || flow_move(flow) < 0)
                pair_free(flow->pair);
}

static int flow_open(struct pair *pair, struct flow *flow, int from, int to)
{
        struct event_base *base = pair->relay->base;

        flow->pair = pair;
        flow->from = from;
        flow->to = to;
        flow->readable = event_new(base, from, EV_READ, flow_go, flow);
        flow->writable = event_new(base, to, EV_WRITE, flow_go, flow);
        return flow->readable && flow->writable ? flow_wait(flow, flow->readable) : -ENOMEM;
}

static void prepare(int fd)
{
        int one = 1;

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

static void relay_accept(evutil_socket_t listener, short what, void *arg)
{
        _cleanup_close_ int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), screen = -1;
        struct relay *relay = arg;
        struct pair *pair;

        (void)what;
        if (fd < 0 || relay->n_pairs >= MAX_PAIRS)
                return;
        screen = screens_connect(relay->screens);
        pair = screen >= 0 ? calloc(1, sizeof(*pair)) : NULL;
        if (!pair)
                return;
        evutil_make_socket_nonblocking(screen);
        prepare(fd);
        pair->relay = relay;
        pair->tcp = TAKE_FD(fd);
        pair->screen = TAKE_FD(screen);
        relay->n_pairs++;
        if (flow_open(pair, &pair->flow[0], pair->tcp, pair->screen) < 0 ||
            flow_open(pair, &pair->flow[1], pair->screen, pair->tcp) < 0)
                pair_free(pair);
}

int relay_serve(const struct listen_at *at, struct screens *screens, void (*announce)(const char *address),
                struct error *err)
{
        struct relay relay = {.screens = screens};
        char address[LISTEN_TEXT];
        _cleanup_close_ int fd = listen_open(at, address, err);
        struct event *accept;
        int r;

        if (fd < 0)
                return fd;
        relay.base = event_base_new();
        accept = relay.base ? event_new(relay.base, fd, EV_READ | EV_PERSIST, relay_accept, &relay) : NULL;
        if (!accept || event_add(accept, NULL) < 0)
                return error_nomem(err);
        r = screens_confine(screens, NULL, err);
        if (r < 0)
                return r;
        announce(address);
        event_base_dispatch(relay.base);
        return 0;
}
