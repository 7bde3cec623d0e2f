/*
 * The engine's control channel.  Everything that arrives is hostile: a line is at most QMP_LINE_MAX bytes,
 * must be a JSON object, and only a few events are looked at; anything else ends the connection, never the
 * daemon.  Commands are sent without waiting: what matters comes back as an event or as the engine's end.
 *
 * An engine that was just started fails its boot if it is silent or its channel ends before it takes
 * commands, whether somebody waits for that boot or the guest had reset.  Any other may hold a guest that is
 * well and waits for its storage, say: it is never ended for that.  A silent one is waited for, and a channel
 * that has ended is opened again, after a pause that grows.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zoneadmd/daemon.h"

#define QMP_LINE_MAX     (128 * 1024) /* the longest message QEMU sends us is a few KiB */
#define GREETING_SECONDS 30           /* an engine that has not greeted by then is stuck */
#define LAST_SECONDS     1            /* one that has closed the channel before is ending, or never will */
#define PAUSE_MAX        64           /* seconds between two attempts to connect to it again, at most */
#define WELL_SECONDS     60 /* a channel that has lasted so long is no sequel of those lost before */
#define ALLOWANCE        (128 * 1024) /* bytes in a tenth of a second */
#define MAX_NEWS         100          /* events of one engine that are logged and passed on to monitors */

/* Consumes the reference to the command. */
static int send_object(struct daemon *d, json_t *object, int fd)
{
        _cleanup_free_ char *text = NULL;
        char control[CMSG_SPACE(sizeof(int))] = {0};
        struct iovec iov;
        struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
        ssize_t n;

        text = object ? json_dumps(object, JSON_COMPACT) : NULL;
        json_decref(object);
        if (!text)
                return -ENOMEM;
        if (d->qmp.fd < 0)
                return -ENOTCONN;
        iov = (struct iovec){.iov_base = text, .iov_len = strlen(text)};
        if (fd >= 0) {
                struct cmsghdr *cmsg;

                msg.msg_control = control;
                msg.msg_controllen = sizeof(control);
                cmsg = CMSG_FIRSTHDR(&msg);
                cmsg->cmsg_level = SOL_SOCKET;
                cmsg->cmsg_type = SCM_RIGHTS;
                cmsg->cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
        }
        /* A command is far smaller than an empty socket buffer: one that does not fit is an engine that
         * has stopped reading. */
        n = sendmsg(d->qmp.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
                return -errno;
        if ((size_t)n == iov.iov_len)
                return 0;
        /* What follows half a command would be read as its rest: this channel has ended, for both sides, and
         * is opened again as after any other end. */
        zone_log(d, "hypervisor: control channel closed: a command did not fit");
        shutdown(d->qmp.fd, SHUT_RDWR);
        return -EPIPE;
}

int qmp_send(struct daemon *d, const char *command, json_t *arguments, int fd)
{
        json_t *object = json_pack("{s:s}", "execute", command);

        if (arguments)
                json_object_set_new(object, "arguments", arguments);
        return send_object(d, object, fd);
}

int qmp_ask(struct daemon *d, long long id, const char *command, json_t *arguments)
{
        return send_object(
            d, json_pack("{s:I, s:s, s:o}", "id", (json_int_t)id, "execute", command, "arguments", arguments),
            -1);
}

static void take_event(struct daemon *d, const char *event, json_t *data)
{
        const char *reason = json_string_value(json_object_get(data, "reason"));

        if (strcmp(event, "SHUTDOWN") == 0)
                snprintf(d->qmp.shutdown, sizeof(d->qmp.shutdown), "%s",
                         reason && str_printable(reason) ? reason : "unknown");
        else if (strcmp(event, "GUEST_PANICKED") == 0)
                d->qmp.guest_crashed = true;
        else
                return;
        if (d->qmp.news++ >= MAX_NEWS)
                return;
        zone_log(d, "hypervisor: %s%s%s", event, reason ? " " : "", reason ? d->qmp.shutdown : "");
        door_event(d, "guest", event);
}

static time_t seconds_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec;
}

static int take_object(struct daemon *d, json_t *object)
{
        const char *event = json_string_value(json_object_get(object, "event"));
        json_t *id = json_object_get(object, "id");

        if (json_object_get(object, "QMP"))
                return qmp_send(d, "qmp_capabilities", NULL, -1);
        if (event) {
                take_event(d, event, json_object_get(object, "data"));
                return 0;
        }
        /* The first answer is that to qmp_capabilities: from now on the engine takes commands. */
        if (!d->qmp.ready && json_object_get(object, "return")) {
                d->qmp.ready = true;
                d->qmp.fresh = false;
                d->qmp.since = seconds_now();
                event_del(d->qmp.timer);
                if (d->qmp.late)
                        zone_log(d, "the hypervisor answers again");
                d->qmp.late = false;
                /* TCG says in its log, and nowhere else, that a reset was a triple fault.  An engine found
                 * running logs it already. */
                if (!d->kvm)
                        qmp_send(d, "human-monitor-command",
                                 json_pack("{s:s}", "command-line", "log cpu_reset"), -1);
                zone_running(d);
        } else if (json_is_integer(id)) {
                screen_answer(d, json_integer_value(id), json_object_get(object, "return") != NULL);
        }
        return 0;
}

static int take_lines(struct daemon *d)
{
        struct qmp *qmp = &d->qmp;
        char *end;

        while (qmp->len > 0 && (end = memchr(qmp->data, '\n', qmp->len))) {
                size_t used = (size_t)(end - qmp->data) + 1;
                json_t *object = json_loadb(qmp->data, used, 0, NULL);
                int r;

                /* Taken off first: what is done in answer may close this channel and open another. */
                qmp->len -= used;
                memmove(qmp->data, qmp->data + used, qmp->len);
                r = json_is_object(object) ? take_object(d, object) : -EBADMSG;
                json_decref(object);
                if (r < 0)
                        return r;
        }
        return qmp->len >= QMP_LINE_MAX ? -EMSGSIZE : 0;
}

/* Reads once; false at the end of the stream or after nonsense. */
static bool qmp_read(struct daemon *d)
{
        struct qmp *qmp = &d->qmp;
        ssize_t n;
        char *grown;
        int r;

        grown = realloc(qmp->data, qmp->len + 4096);
        if (!grown)
                return false;
        qmp->data = grown;
        n = read(qmp->fd, qmp->data + qmp->len, 4096);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return true;
        if (n <= 0)
                return false;
        qmp->len += (size_t)n;
        brake_count(&qmp->brake, (size_t)n);
        r = take_lines(d);
        if (r < 0)
                zone_log(d, "hypervisor: control channel closed: %s", strerror(-r));
        return r == 0 && qmp->fd >= 0;
}

static void close_channel(struct qmp *qmp)
{
        brake_close(&qmp->brake);
        if (qmp->readable)
                event_free(qmp->readable);
        qmp->readable = NULL;
        free(qmp->data);
        qmp->data = NULL;
        qmp->len = 0;
        cleanup_close(&qmp->fd);
}

/* After a second, two, four. */
static void pause_then_connect(struct daemon *d)
{
        struct qmp *qmp = &d->qmp;
        struct timeval pause;

        qmp->pause = qmp->pause == 0 ? 1 : qmp->pause < PAUSE_MAX ? qmp->pause * 2 : PAUSE_MAX;
        pause = (struct timeval){.tv_sec = qmp->pause};
        event_add(qmp->timer, &pause);
}

static void qmp_readable(evutil_socket_t fd, short what, void *arg)
{
        const struct timeval last = {.tv_sec = LAST_SECONDS};
        struct daemon *d = arg;

        (void)fd;
        (void)what;
        if (qmp_read(d))
                return;
        close_channel(&d->qmp);
        /* No timer: what was read has ended the engine. */
        if (!d->qmp.timer)
                return;
        if (d->qmp.ready && seconds_now() - d->qmp.since >= WELL_SECONDS)
                d->qmp.pause = 0;
        d->qmp.ready = false;
        screen_hold(d);
        /* Nobody must wait for an engine that can no longer say that it is up. */
        if (d->qmp.fresh)
                event_add(d->qmp.timer, &last);
        else
                pause_then_connect(d);
}

void qmp_drain(struct daemon *d)
{
        for (int i = 0; i < 64 && d->qmp.fd >= 0; i++) {
                char probe;

                if (recv(d->qmp.fd, &probe, 1, MSG_PEEK | MSG_DONTWAIT) <= 0 || !qmp_read(d))
                        break;
        }
        qmp_detach(d);
}

static void fail_boot(struct daemon *d)
{
        struct error err = {0};
        int r;

        if (d->qmp.fd < 0)
                error_set(&err, EPROTO, "the hypervisor closed its control channel");
        else
                error_set(&err, ETIMEDOUT, "the hypervisor did not answer within %d s", GREETING_SECONDS);
        zone_log(d, "boot failed: %s", err.text);
        snprintf(d->reason, sizeof(d->reason), "%.250s", err.text);
        r = zone_halt(d, NULL);
        /* Nobody waits after a reset, and a shutdown that came since has what it wanted. */
        request_done(d, NULL, r < 0 || request_awaits_boot(d) ? &err : NULL);
        daemon_maybe_leave(d);
}

static int open_channel(struct daemon *d, int fd, struct error *err)
{
        const struct timeval limit = {.tv_sec = GREETING_SECONDS};
        struct qmp *qmp = &d->qmp;

        evutil_make_socket_nonblocking(fd);
        qmp->fd = fd;
        qmp->readable = event_new(d->base, fd, EV_READ | EV_PERSIST, qmp_readable, d);
        if (!qmp->readable || event_add(qmp->readable, NULL) < 0 || event_add(qmp->timer, &limit) < 0) {
                close_channel(qmp);
                return error_nomem(err);
        }
        brake_open(&qmp->brake, qmp->readable, ALLOWANCE);
        return 0;
}

static int connect_channel(struct daemon *d, struct error *err)
{
        int r = engine_connect(d, "qmp", err);

        if (r >= 0)
                r = open_channel(d, r, err);
        if (r < 0)
                pause_then_connect(d);
        return r;
}

static void time_is_up(evutil_socket_t fd, short what, void *arg)
{
        struct daemon *d = arg;
        struct error err = {0};

        (void)fd;
        (void)what;
        if (d->qmp.fresh) {
                fail_boot(d);
        } else if (d->qmp.fd < 0) {
                zone_log(d, "the control channel of the hypervisor ended; connecting again");
                if (connect_channel(d, &err) < 0)
                        zone_log(d, "%s", err.text);
        } else {
                d->qmp.late = true;
                zone_log(d, "the hypervisor has not answered for %d s; the zone is left as it is",
                         GREETING_SECONDS);
        }
}

void qmp_hasten(struct daemon *d)
{
        const struct timeval now = {0};

        if (!d->qmp.timer || d->qmp.fd >= 0 || d->qmp.fresh)
                return;
        d->qmp.pause = 0;
        event_add(d->qmp.timer, &now);
}

static int begin(struct daemon *d, struct error *err)
{
        qmp_detach(d);
        d->qmp = (struct qmp){.fd = -1};
        d->qmp.timer = evtimer_new(d->base, time_is_up, d);
        return d->qmp.timer ? 0 : error_nomem(err);
}

int qmp_attach(struct daemon *d, int fd, struct error *err)
{
        int r = begin(d, err);

        if (r < 0) {
                close(fd);
                return r;
        }
        d->qmp.fresh = true;
        r = open_channel(d, fd, err);
        if (r < 0)
                qmp_detach(d);
        return r;
}

int qmp_connect(struct daemon *d, struct error *err)
{
        int r = begin(d, err);

        return r < 0 ? r : connect_channel(d, err);
}

void qmp_detach(struct daemon *d)
{
        if (d->qmp.timer)
                event_free(d->qmp.timer);
        d->qmp.timer = NULL;
        close_channel(&d->qmp);
}
