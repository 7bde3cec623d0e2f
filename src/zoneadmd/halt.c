/*
 * Taking a zone down, and what follows when its hypervisor ends by itself: the guest powered off (the zone
 * halts), reset (the zone boots again, as it is configured now), or the hypervisor died (the zone halts, and
 * says why).
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zoneadmd/daemon.h"

/* A guest that resets again and again within QUICK_RESET_MS is made to wait between boots. */
#define QUICK_RESET_MS  2000
#define QUICK_RESETS    5
#define RESET_PAUSE_SEC 2

int zone_set_state(struct daemon *d, enum zone_state state, const char *aux, struct error *err)
{
        char text[32]; /* aux may point into d->aux */

        snprintf(text, sizeof(text), "%s", aux);
        d->state = state;
        snprintf(d->aux, sizeof(d->aux), "%s", text);
        door_event(d, "state", "");
        if (state < ZONE_READY)
                return 0;
        d->record.state = state;
        snprintf(d->record.aux, sizeof(d->record.aux), "%s", text);
        d->record.pid = d->jail.pid;
        if (d->jail.pid > 0 && d->record.start == 0)
                d->record.start = process_start(d->jail.pid);
        return runstate_save(&d->root, d->zone, &d->record, err);
}

int zone_statechange(struct daemon *d, bool pre, enum zone_state state, enum zone_command cmd,
                     struct error *err)
{
        enum brand_text hook = pre ? BRAND_PRESTATECHANGE : BRAND_POSTSTATECHANGE;
        _cleanup_free_ char *output = NULL;
        char state_text[16], cmd_text[16];
        const char *args[] = {state_text, cmd_text, d->root.path, NULL};
        int number = 0;
        struct brand_run run = {.zone = d->zone,
                                .zonepath = d->zonepath,
                                .args = args,
                                .ret_output = &output,
                                .ret_signal = &number,
                                .timeout_ms = 60000};
        int r;

        if (!d->brand || !d->brand->text[hook])
                return 0;
        snprintf(state_text, sizeof(state_text), "%d", (int)state);
        snprintf(cmd_text, sizeof(cmd_text), "%d", (int)cmd);
        r = brand_run_hook(&d->root, d->brand, hook, &run, err);
        if (output && *output)
                zone_log(d, "%s", output);
        if (r > 0)
                return brand_hook_failed(
                    err, pre ? "the brand's prestatechange hook" : "the brand's poststatechange hook", r,
                    number);
        return r;
}

static void remove_snapshot(struct daemon *d)
{
        char name[NAME_MAX + 1];

        snprintf(name, sizeof(name), "%s.snapshot.xml", d->zone);
        unlinkat(d->run_dir, name, 0);
}

/* Hooks and the engine's remains; works on a half-made zone and when there is none. */
int zone_halt(struct daemon *d, struct error *err)
{
        enum zone_state before = d->state;
        struct brand_run run = {.zone = d->zone, .zonepath = d->zonepath, .timeout_ms = 60000};
        int r;

        zone_statechange(d, true, before, ZONE_CMD_HALT, NULL);
        if (d->engine_exit)
                event_free(d->engine_exit);
        d->engine_exit = NULL;
        if (d->reboot_timer)
                event_free(d->reboot_timer);
        d->reboot_timer = NULL;
        /* Without a jail of ours there may still be one of an earlier zoneadmd: it goes by this name. */
        snprintf(d->jail.zone, sizeof(d->jail.zone), "%s", d->jail_name);
        r = jail_destroy(&d->jail, err);
        if (r < 0) {
                zone_log(d, "halt: %s", err ? err->text : strerror(-r));
                return r;
        }
        zone_tpm_end(d);
        jail_release(&d->jail);
        d->jail = (struct jail){.pidfd = -1, .control = -1};
        engine_close(d);
        engine_reap_helpers(d, true);
        if (d->brand && d->brand->text[BRAND_HALT])
                brand_run_hook(&d->root, d->brand, BRAND_HALT, &run, NULL);
        engine_remove_sockets(d);
        remove_snapshot(d);
        r = runstate_remove(&d->root, d->zone);
        if (r < 0)
                return error_errno(err, r, "%s.state", d->zone);
        d->record = (struct runstate){0};
        zone_set_state(d, ZONE_INSTALLED, "", NULL);
        zone_statechange(d, false, before, ZONE_CMD_HALT, NULL);
        if (before >= ZONE_READY) {
                console_notice(d, "NOTICE: Zone halted%s",
                               console_leaves_on_halt(d) ? ".  Disconnecting..." : "");
                console_disconnect(d, true);
        }
        return 0;
}

/* Why the engine ended, for people; QMP told us before, or the exit status does. */
static void engine_reason(struct daemon *d, char *buf, size_t size)
{
        siginfo_t info = {0};
        bool ours =
            waitid(P_PIDFD, (id_t)d->jail.pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;

        if (d->engine_log.triple_fault) {
                snprintf(buf, size, "the guest crashed (triple fault)");
        } else if (d->qmp.guest_crashed) {
                snprintf(buf, size, "the guest crashed");
        } else if (strcmp(d->qmp.shutdown, "guest-reset") == 0) {
                snprintf(buf, size, "the guest reset");
        } else if (d->qmp.shutdown[0]) {
                snprintf(buf, size, "%s",
                         strcmp(d->qmp.shutdown, "guest-shutdown") == 0 ? "the guest powered off"
                                                                        : d->qmp.shutdown);
        } else if (ours && info.si_code != CLD_EXITED) {
                snprintf(buf, size, "the hypervisor was killed by signal %d (%s)", info.si_status,
                         strsignal(info.si_status));
        } else if (d->engine_log.last[0]) {
                snprintf(buf, size, "the hypervisor failed: %.180s", bhyve_engine_reason(d->engine_log.last));
        } else if (ours) {
                snprintf(buf, size, "the hypervisor ended with status %d", info.si_status);
        } else {
                snprintf(buf, size, "the hypervisor ended");
        }
}

static void boot_again(struct daemon *d)
{
        struct error err = {0};
        const char *args = d->current ? d->current->args : NULL;
        int r;

        console_notice(d, "NOTICE: Zone rebooting");
        r = zone_boot(d, args, &err);
        if (r < 0) {
                if (d->current)
                        request_done(d, NULL, &err);
                daemon_maybe_leave(d);
        }
}

static void reboot_pause_over(evutil_socket_t fd, short what, void *arg)
{
        struct daemon *d = arg;

        (void)fd;
        (void)what;
        event_free(d->reboot_timer);
        d->reboot_timer = NULL;
        if (d->state < ZONE_READY)
                boot_again(d);
}

/* A guest that resets at once, for ever, must not keep the host busy with making zones. */
static bool must_pause(struct daemon *d)
{
        const struct timeval pause = {.tv_sec = RESET_PAUSE_SEC};
        struct timespec now;
        long ms;

        clock_gettime(CLOCK_MONOTONIC, &now);
        ms = (now.tv_sec - d->started.tv_sec) * 1000 + (now.tv_nsec - d->started.tv_nsec) / 1000000;
        d->quick_resets = ms < QUICK_RESET_MS ? d->quick_resets + 1 : 0;
        if (d->quick_resets <= QUICK_RESETS)
                return false;
        if (!d->reboot_timer)
                d->reboot_timer = evtimer_new(d->base, reboot_pause_over, d);
        if (!d->reboot_timer || event_add(d->reboot_timer, &pause) < 0)
                return false;
        zone_log(d, "the guest resets again and again: the next boot is in %d s", RESET_PAUSE_SEC);
        return true;
}

void zone_engine_gone(struct daemon *d)
{
        struct error err = {0};
        struct request *req;
        bool reset, again, booting;

        /* What it still said can be that it is up: then nobody waits for the boot any more. */
        qmp_drain(d);
        req = d->current;
        booting = d->aux[0] == '\0';
        console_detach(d);
        engine_log_drain(d);
        engine_reason(d, d->reason, sizeof(d->reason));
        /* bhyve(8) ends with 3 on a triple fault, and only 0 restarts a zone. */
        reset = strcmp(d->qmp.shutdown, "guest-reset") == 0 && !d->engine_log.triple_fault;
        zone_log(d, "%s", d->reason);
        if (zone_halt(d, &err) < 0) {
                request_done(d, NULL, &err);
                return;
        }
        if (req && req->verb != VERB_SHUTDOWN && booting) {
                console_notice(d, "NOTICE: Zone boot failed");
                error_set(&err, EIO, "%s", d->reason);
                request_done(d, NULL, &err);
                return;
        }
        again = req && req->verb == VERB_SHUTDOWN ? req->reboot : reset;
        if (req && req->verb == VERB_SHUTDOWN && req->timer) {
                event_free(req->timer);
                req->timer = NULL;
        }
        if (!again) {
                if (req)
                        request_done(d, NULL, NULL);
                daemon_maybe_leave(d);
                return;
        }
        if (!must_pause(d))
                boot_again(d);
}
