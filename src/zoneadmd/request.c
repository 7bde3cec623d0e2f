/*
 * The queue of commands.  One is carried out at a time; the others wait, in the order in which they came.
 * Halt does not wait: it ends a boot or a shutdown that is under way.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "zoneadmd/daemon.h"

#define MAX_QUEUE        32
#define SHUTDOWN_TIMEOUT 60 /* seconds; the stop timeout of the zones service on illumos */
#define LEAVE_SECONDS    3  /* after which nobody keeps the daemon of a zone that is being uninstalled */

static void request_start(struct daemon *d);

static void request_free(struct request *req)
{
        if (req->timer)
                event_free(req->timer);
        free(req->args);
        for (size_t i = 0; i < MEDIA_KINDS; i++)
                free(req->media[i]);
        free(req);
}

void request_forget_peer(struct daemon *d, struct door_peer *peer)
{
        if (d->current && d->current->peer == peer)
                d->current->peer = NULL;
        for (struct request *req = d->queue; req; req = req->next)
                if (req->peer == peer)
                        req->peer = NULL;
}

void request_notice(struct daemon *d, const char *fmt, ...)
{
        char text[512];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        zone_log(d, "%s", text);
        if (d->current)
                door_notice(d->current->peer, text);
        door_event(d, "notice", text);
}

static void request_answer(struct request *req, const char *message, const struct error *err)
{
        if (err && err->code)
                door_fail(req->peer, err->text);
        else if (req->peer)
                door_reply(req->peer, message ? json_pack("{s:s}", "message", message) : json_object());
        request_free(req);
}

static void next_request(evutil_socket_t fd, short what, void *arg)
{
        struct daemon *d = arg;

        (void)fd;
        (void)what;
        if (!d->current && d->queue)
                request_start(d);
}

void request_done(struct daemon *d, const char *message, const struct error *err)
{
        const struct timeval now = {0};
        struct request *req = d->current;

        if (!req)
                return;
        d->current = NULL;
        request_answer(req, message, err);
        /* From the loop, not from here: the next command may end the very engine that our caller listens to.
         */
        if (d->queue && event_base_once(d->base, -1, EV_TIMEOUT, next_request, d, &now) < 0)
                request_start(d);
        daemon_maybe_leave(d);
}

static void shutdown_late(evutil_socket_t fd, short what, void *arg)
{
        struct daemon *d = arg;
        struct error err = {0};

        (void)fd;
        (void)what;
        zone_set_state(d, ZONE_RUNNING, d->aux, NULL);
        if (d->current->pressed)
                error_set(
                    &err, ETIMEDOUT,
                    "unable to shutdown zone: the guest did not power off within %d s (zoneadm halt ends it)",
                    d->current->timeout);
        else
                error_set(&err, ETIMEDOUT,
                          "unable to shutdown zone: the hypervisor takes no commands (zoneadm halt ends it)");
        request_done(d, NULL, &err);
}

bool request_awaits_boot(const struct daemon *d)
{
        const struct request *req = d->current;

        if (!req)
                return false;
        /* shutdown -r waits for two engines: first for the end of the old one. */
        return req->verb == VERB_BOOT || req->verb == VERB_REBOOT ||
               (req->verb == VERB_SHUTDOWN && req->reboot && d->state != ZONE_SHUTTING_DOWN);
}

/* Presses the power button once: a second press can cancel the guest's shutdown. */
static int press_button(struct daemon *d, struct request *req)
{
        int r;

        /* An engine that was found just now, or is being connected to again, is told as soon as it listens.
         */
        if (!d->qmp.ready || req->pressed)
                return 0;
        r = qmp_send(d, "system_powerdown", NULL, -1);
        req->pressed = r == 0;
        return r;
}

void request_engine_ready(struct daemon *d)
{
        struct error err = {0};
        int r;

        if (!d->current || d->current->verb != VERB_SHUTDOWN || d->state != ZONE_SHUTTING_DOWN)
                return;
        r = press_button(d, d->current);
        if (r == 0)
                return;
        zone_set_state(d, ZONE_RUNNING, d->aux, NULL);
        error_errno(&err, r, "unable to shutdown zone: the hypervisor does not take commands");
        request_done(d, NULL, &err);
}

static int start_shutdown(struct daemon *d, struct request *req, struct error *err)
{
        struct timeval limit = {.tv_sec = req->timeout > 0 ? req->timeout : SHUTDOWN_TIMEOUT};
        int r;

        if (d->state != ZONE_RUNNING)
                return error_set(err, EINVAL, "not running");
        req->timeout = (int)limit.tv_sec;
        req->timer = evtimer_new(d->base, shutdown_late, d);
        if (!req->timer || event_add(req->timer, &limit) < 0)
                return error_nomem(err);
        r = press_button(d, req);
        if (r < 0)
                return error_errno(err, r, "unable to shutdown zone: the hypervisor does not take commands");
        qmp_hasten(d);
        console_notice(d, "NOTICE: Zone shutting down");
        return zone_set_state(d, ZONE_SHUTTING_DOWN, d->aux, err);
}

static int start_ready(struct daemon *d, const char **ret_message, struct error *err)
{
        int r;

        if (d->state == ZONE_READY) {
                *ret_message = "zone is already ready";
                return 0;
        }
        if (d->state > ZONE_READY) {
                r = zone_halt(d, err);
                if (r < 0)
                        return r;
        }
        return zone_ready(d, ZONE_CMD_READY, err);
}

/* 1: it goes on in the event loop. */
static int start_boot(struct daemon *d, struct request *req, const char **ret_message, struct error *err)
{
        bool media = req->media[MEDIA_BOOT] || req->media[MEDIA_CONFIG];
        int r;

        if (d->state > ZONE_READY && media)
                return error_set(err, EBUSY, "zone is already booted; media can be attached at boot only");
        if (d->state > ZONE_READY) {
                *ret_message = "zone is already booted";
                return 0;
        }
        r = media_open(d, req->media, err);
        if (r == 0)
                r = zone_boot(d, req->args, err);
        media_close(d);
        return r < 0 ? r : 1;
}

static int start_halt(struct daemon *d, const char **ret_message, struct error *err)
{
        int r;

        if (d->state < ZONE_READY && !d->reboot_timer) {
                *ret_message = "zone is already halted";
                return 0;
        }
        r = zone_halt(d, err);
        if (r == 0)
                snprintf(d->reason, sizeof(d->reason), "halted by zoneadm");
        return r;
}

/* Carries out a command.  1: it goes on in the event loop and will call request_done. */
static int request_run(struct daemon *d, struct request *req, const char **ret_message, struct error *err)
{
        const struct timeval leave = {.tv_sec = LEAVE_SECONDS};
        int r;

        switch (req->verb) {
        case VERB_READY:
                return start_ready(d, ret_message, err);
        case VERB_BOOT:
                return start_boot(d, req, ret_message, err);
        case VERB_HALT:
                return start_halt(d, ret_message, err);
        case VERB_REBOOT:
                if (d->state < ZONE_RUNNING)
                        return error_set(err, EINVAL, "not running");
                console_notice(d, "NOTICE: Zone rebooting");
                r = zone_halt(d, err);
                if (r == 0)
                        r = zone_boot(d, req->args, err);
                return r < 0 ? r : 1;
        case VERB_SHUTDOWN:
                r = start_shutdown(d, req, err);
                return r < 0 ? r : 1;
        case VERB_UNINSTALLING:
                if (d->state >= ZONE_READY)
                        return error_set(err, EBUSY, "zone is %s", zone_state_name(d->state));
                console_notice(d, "NOTICE: Zone is being uninstalled.  Disconnecting...");
                console_disconnect(d, false);
                /* A guest that is about to boot again, after a pause, does not. */
                if (d->reboot_timer)
                        zone_halt(d, NULL);
                d->leaving = true;
                return event_base_loopexit(d->base, &leave) < 0 ? error_nomem(err) : 0;
        }
        return error_set(err, EINVAL, "unknown command");
}

static void request_start(struct daemon *d)
{
        struct request *req = d->queue;
        const char *message = NULL;
        struct error err = {0};
        int r;

        d->queue = req->next;
        req->next = NULL;
        d->current = req;
        r = request_run(d, req, &message, &err);
        if (r < 0 && err.code == 0)
                error_errno(&err, r, "the command failed");
        if (r <= 0)
                request_done(d, message, r < 0 ? &err : NULL);
}

/* A halt that finds a boot or a shutdown waiting for the engine ends it. */
static void interrupt_current(struct daemon *d)
{
        struct error err = {0};
        struct request *req = d->current;

        d->current = NULL;
        error_set(&err, EINTR, "the zone was halted");
        request_answer(req, NULL, &err);
}

void request_add(struct daemon *d, struct request *req)
{
        struct request **p = &d->queue;
        size_t n = 0;

        /* An engine that died this very moment: do not answer from what was true before. */
        if (!d->current && d->state > ZONE_READY && !runstate_alive(&d->record, NULL))
                zone_engine_gone(d);
        if (d->current && req->verb == VERB_HALT)
                interrupt_current(d);
        for (; *p; p = &(*p)->next)
                n++;
        if (n >= MAX_QUEUE) {
                struct error err = {0};

                error_set(&err, EBUSY, "too many commands are waiting for this zone");
                request_answer(req, NULL, &err);
                return;
        }
        if (req->verb == VERB_HALT) {
                req->next = d->queue;
                d->queue = req;
        } else {
                *p = req;
        }
        if (!d->current)
                request_start(d);
}
