/*
 * The varlink server at the zone's door.  Only root may call; a message is at most DOOR_MAX_MESSAGE bytes; a
 * caller that does not read its replies is dropped when they pile up.
 */
#include "door/door.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/strv.h"
#include "zoneadmd/daemon.h"

#define MAX_PEERS 64

struct door_peer {
        struct door_peer *next;
        struct daemon *d;
        struct bufferevent *bev;
        bool more;    /* the call being answered wants notices */
        bool monitor; /* the connection is a Monitor call */
        bool busy;    /* a state-changing call is under way */
};

static void peer_free(struct door_peer *peer)
{
        struct daemon *d = peer->d;

        for (struct door_peer **p = &d->peers; *p; p = &(*p)->next)
                if (*p == peer) {
                        *p = peer->next;
                        break;
                }
        d->n_peers--;
        request_forget_peer(d, peer);
        bufferevent_free(peer->bev);
        free(peer);
}

static void peer_send(struct door_peer *peer, json_t *object)
{
        char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

        json_decref(object);
        if (text && evbuffer_get_length(bufferevent_get_output(peer->bev)) < DOOR_MAX_MESSAGE)
                bufferevent_write(peer->bev, text, strlen(text) + 1);
        free(text);
}

void door_reply(struct door_peer *peer, json_t *parameters)
{
        if (!peer) {
                json_decref(parameters);
                return;
        }
        peer->busy = peer->more = false;
        peer_send(peer, json_pack("{s:o}", "parameters", parameters ? parameters : json_object()));
}

void door_fail(struct door_peer *peer, const char *text)
{
        json_t *safe;

        if (!peer)
                return;
        peer->busy = peer->more = false;
        safe = json_string(text);
        peer_send(peer, json_pack("{s:s, s:{s:o}}", "error", DOOR_INTERFACE ".Failed", "parameters", "text",
                                  safe ? safe : json_string("error")));
}

void door_notice(struct door_peer *peer, const char *text)
{
        if (peer && peer->more)
                peer_send(peer, json_pack("{s:{s:s}, s:b}", "parameters", "notice", text, "continues", 1));
}

static void send_event(struct door_peer *peer, const char *event, const char *text)
{
        struct daemon *d = peer->d;

        peer_send(peer,
                  json_pack("{s:{s:s, s:s, s:s, s:s}, s:b}", "parameters", "state", zone_state_name(d->state),
                            "aux", d->aux, "event", event, "text", text, "continues", 1));
}

void door_event(struct daemon *d, const char *event, const char *text)
{
        for (struct door_peer *peer = d->peers; peer; peer = peer->next)
                if (peer->monitor)
                        send_event(peer, event, text);
}

static json_t *status(struct daemon *d)
{
        json_t *reason = json_string(d->reason);

        return json_pack("{s:s, s:s, s:s, s:i, s:I, s:s, s:s, s:o}", "zone", d->zone, "state",
                         zone_state_name(d->state), "aux", d->aux, "id", (int)d->record.id, "pid",
                         (json_int_t)d->jail.pid, "acceleration", d->acceleration, "screen", d->screen,
                         "reason", reason ? reason : json_string(""));
}

static const struct {
        const char *method;
        enum verb verb;
} verbs[] = {
    {"Ready", VERB_READY},   {"Boot", VERB_BOOT},         {"Halt", VERB_HALT},
    {"Reboot", VERB_REBOOT}, {"Shutdown", VERB_SHUTDOWN}, {"Uninstalling", VERB_UNINSTALLING},
};

static void start_request(struct door_peer *peer, enum verb verb, json_t *parameters)
{
        const char *args = json_string_value(json_object_get(parameters, "args"));
        struct request *req = calloc(1, sizeof(*req));

        if (!req) {
                door_fail(peer, "out of memory");
                return;
        }
        req->verb = verb;
        req->peer = peer;
        req->args = strdup_null(args);
        if (verb == VERB_BOOT) {
                req->media[MEDIA_BOOT] = strdup_null(json_string_value(json_object_get(parameters, "media")));
                req->media[MEDIA_CONFIG] =
                    strdup_null(json_string_value(json_object_get(parameters, "config")));
        }
        req->force = json_is_true(json_object_get(parameters, "force"));
        req->reboot = json_is_true(json_object_get(parameters, "reboot"));
        req->timeout = (int)json_integer_value(json_object_get(parameters, "timeout"));
        peer->busy = true;
        request_add(peer->d, req);
}

/* Introspection, as every varlink service offers it. */
static bool varlink_service(struct door_peer *peer, const char *method)
{
        if (strcmp(method, "org.varlink.service.GetInfo") != 0)
                return false;
        door_reply(peer,
                   json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", "Apiary", "product", "zoneadmd",
                             "version", APIARY_VERSION, "url", "https://www.illumos.org/man/8/zoneadmd",
                             "interfaces", "org.varlink.service", DOOR_INTERFACE));
        return true;
}

static void take_call(struct door_peer *peer, json_t *call)
{
        const char *method = json_string_value(json_object_get(call, "method"));
        json_t *parameters = json_object_get(call, "parameters");

        if (!method || peer->busy || peer->monitor) {
                door_fail(peer, method ? "a call is still being answered" : "no method");
                return;
        }
        peer->more = json_is_true(json_object_get(call, "more"));
        if (varlink_service(peer, method))
                return;
        if (strncmp(method, DOOR_INTERFACE ".", sizeof(DOOR_INTERFACE)) != 0) {
                peer_send(peer, json_pack("{s:s, s:{}}", "error", "org.varlink.service.InterfaceNotFound",
                                          "parameters"));
                return;
        }
        method += sizeof(DOOR_INTERFACE);
        if (strcmp(method, "Status") == 0) {
                door_reply(peer, status(peer->d));
                return;
        }
        if (strcmp(method, "Monitor") == 0 && peer->more) {
                peer->monitor = true;
                send_event(peer, "state", "");
                return;
        }
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
                if (strcmp(method, verbs[i].method) == 0) {
                        start_request(peer, verbs[i].verb, parameters);
                        return;
                }
        peer_send(peer, json_pack("{s:s, s:{s:s}}", "error", "org.varlink.service.MethodNotFound",
                                  "parameters", "method", method));
}

static void peer_read(struct bufferevent *bev, void *arg)
{
        struct door_peer *peer = arg;
        struct daemon *d = peer->d;
        struct evbuffer *in = bufferevent_get_input(bev);

        for (;;) {
                struct evbuffer_ptr end = evbuffer_search(in, "", 1, NULL);
                unsigned char *text;
                json_t *call;

                if (end.pos < 0)
                        break;
                text = evbuffer_pullup(in, end.pos + 1);
                call = text ? json_loadb((char *)text, (size_t)end.pos, JSON_REJECT_DUPLICATES, NULL) : NULL;
                evbuffer_drain(in, (size_t)end.pos + 1);
                if (!json_is_object(call)) {
                        json_decref(call);
                        peer_free(peer);
                        daemon_maybe_leave(d);
                        return;
                }
                take_call(peer, call);
                json_decref(call);
        }
        if (evbuffer_get_length(in) >= DOOR_MAX_MESSAGE) {
                peer_free(peer);
                daemon_maybe_leave(d);
        }
}

static void peer_event(struct bufferevent *bev, short what, void *arg)
{
        struct door_peer *peer = arg;
        struct daemon *d = peer->d;

        (void)bev;
        (void)what;
        peer_free(peer);
        daemon_maybe_leave(d);
}

static bool accept_one(struct daemon *d, int listener)
{
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct door_peer *peer = NULL;

        if (fd < 0)
                return false;
        if (socket_peer_is_root(fd) && d->n_peers < MAX_PEERS)
                peer = calloc(1, sizeof(*peer));
        if (peer)
                peer->bev = bufferevent_socket_new(d->base, fd, BEV_OPT_CLOSE_ON_FREE);
        if (!peer || !peer->bev) {
                free(peer);
                close(fd);
                return true;
        }
        peer->d = d;
        peer->next = d->peers;
        d->peers = peer;
        d->n_peers++;
        bufferevent_setcb(peer->bev, peer_read, NULL, peer_event, peer);
        bufferevent_setwatermark(peer->bev, EV_READ, 0, DOOR_MAX_MESSAGE);
        bufferevent_enable(peer->bev, EV_READ | EV_WRITE);
        return true;
}

static void door_accept(evutil_socket_t fd, short what, void *arg)
{
        (void)what;
        accept_one(arg, fd);
}

size_t door_accept_pending(struct daemon *d)
{
        size_t n = 0;

        while (d->door_accept && accept_one(d, event_get_fd(d->door_accept)))
                n++;
        return n;
}

int door_open(struct daemon *d, struct error *err)
{
        char name[NAME_MAX + 1];
        int fd;

        snprintf(name, sizeof(name), "%s." DOOR_SUFFIX, d->zone);
        fd = socket_listen_at(d->run_dir, name, err);
        if (fd < 0)
                return fd;
        d->door_accept = event_new(d->base, fd, EV_READ | EV_PERSIST, door_accept, d);
        if (!d->door_accept || event_add(d->door_accept, NULL) < 0) {
                close(fd);
                return error_nomem(err);
        }
        return 0;
}

void door_close(struct daemon *d)
{
        if (!d->door_accept)
                return;
        close(event_get_fd(d->door_accept));
        event_free(d->door_accept);
        d->door_accept = NULL;
}
