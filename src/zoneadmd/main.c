/*
 * zoneadmd -z ZONE [-R ROOT] [-f] [-r FD]: the daemon of one zone.  zoneadm and zlogin -C start it when they
 * find no door; it goes away when the zone is below ready and nobody is connected.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "config/index.h"
#include "door/door.h"
#include "zoneadmd/daemon.h"

static const char usage[] = "usage: zoneadmd -z zonename [-R root] [-f] [-r fd]\n";

struct options {
        const char *zone, *root;
        bool foreground;
        int ready_fd; /* -1: none */
};

static int parse_options(int argc, char **argv, struct options *ret)
{
        static const struct option longs[] = {
            {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
        int c;

        *ret = (struct options){.ready_fd = -1};
        while ((c = getopt_long(argc, argv, "z:R:fr:", longs, NULL)) >= 0) {
                switch (c) {
                case 'z':
                        ret->zone = optarg;
                        break;
                case 'R':
                        ret->root = optarg;
                        break;
                case 'f':
                        ret->foreground = true;
                        break;
                case 'r':
                        ret->ready_fd = atoi(optarg);
                        break;
                case 'h':
                        fputs(usage, stdout);
                        exit(0);
                case 'V':
                        puts("zoneadmd " APIARY_VERSION);
                        exit(0);
                default:
                        return -EINVAL;
                }
        }
        return ret->zone && optind == argc ? 0 : -EINVAL;
}

/* One line for whoever started us, once: on the pipe of zoneadm, or on standard error. */
static void tell_starter(const struct options *opt, const char *text)
{
        if (opt->ready_fd >= 0) {
                dprintf(opt->ready_fd, "%s\n", text);
                close(opt->ready_fd);
        } else if (strcmp(text, "ready") != 0) {
                dprintf(STDERR_FILENO, "zoneadmd: %s\n", text);
        }
}

void daemon_maybe_leave(struct daemon *d)
{
        if (d->base && (d->state < ZONE_READY || d->leaving) && !d->current && !d->queue &&
            !d->reboot_timer && d->n_peers == 0 && d->console.connections == 0)
                event_base_loopbreak(d->base);
}

static void sigchld(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        engine_reap_helpers(arg, false);
}

/* Asked to end: the zone keeps running, and the next command starts another zoneadmd. */
static void sigterm(evutil_socket_t fd, short what, void *arg)
{
        struct daemon *d = arg;

        (void)fd;
        (void)what;
        d->leaving = true;
        event_base_loopbreak(d->base);
}

static int daemon_open(struct daemon *d, const struct options *opt, struct error *err)
{
        struct index_entry entry = {0};
        char name[NAME_MAX + 1];
        int r;

        if (opt->root && (r = root_set(&d->root, opt->root, err)) < 0)
                return r;
        if (!zone_name_valid(opt->zone))
                return error_set(err, EINVAL, "%s: not a zone name", opt->zone);
        snprintf(d->zone, sizeof(d->zone), "%s", opt->zone);
        snprintf(d->jail_name, sizeof(d->jail_name), "%s", opt->zone);
        if (d->root.path[0]) {
                snprintf(d->jail_name, sizeof(d->jail_name), "%s@%08x", opt->zone, root_hash(&d->root));
        }
        r = index_lookup(&d->root, d->zone, &entry, err);
        if (r < 0)
                return r;
        d->state = entry.state;
        index_entry_clear(&entry);
        if (d->state < ZONE_INCOMPLETE)
                return error_set(err, EINVAL, "must be installed before it can be used");
        d->run_dir = root_make_dir(&d->root, ZONES_RUN, 0700, err);
        if (d->run_dir < 0)
                return d->run_dir;
        snprintf(name, sizeof(name), "%s.zoneadmd.lock", d->zone);
        d->lock_fd = fs_lock_at(d->run_dir, name, 0);
        if (d->lock_fd == -EBUSY)
                return error_set(err, EBUSY, "busy");
        return d->lock_fd < 0 ? error_errno(err, d->lock_fd, "%s", name) : 0;
}

static int daemon_events(struct daemon *d, struct error *err)
{
        d->base = event_base_new();
        if (!d->base)
                return error_nomem(err);
        d->sigchld = evsignal_new(d->base, SIGCHLD, sigchld, d);
        d->sigterm = evsignal_new(d->base, SIGTERM, sigterm, d);
        if (!d->sigchld || !d->sigterm || event_add(d->sigchld, NULL) < 0 || event_add(d->sigterm, NULL) < 0)
                return error_nomem(err);
        return 0;
}

/*
 * Going away without losing a caller: nobody can connect any more once the names are gone, and whoever had
 * connected before is served after all.
 */
static bool really_leave(struct daemon *d)
{
        struct error err = {0};
        char name[NAME_MAX + 1];

        if (d->leaving)
                return true;
        snprintf(name, sizeof(name), "%s." DOOR_SUFFIX, d->zone);
        unlinkat(d->run_dir, name, 0);
        snprintf(name, sizeof(name), "%s." CONSOLE_SUFFIX, d->zone);
        unlinkat(d->run_dir, name, 0);
        if (door_accept_pending(d) + console_accept_pending(d) == 0)
                return true;
        door_close(d);
        console_close(d);
        return door_open(d, &err) < 0 || console_open(d, &err) < 0;
}

static void daemon_close(struct daemon *d)
{
        char name[NAME_MAX + 1];

        snprintf(name, sizeof(name), "%s." DOOR_SUFFIX, d->zone);
        unlinkat(d->run_dir, name, 0);
        console_close(d);
        door_close(d);
        snprintf(name, sizeof(name), "%s.zoneadmd.lock", d->zone);
        unlinkat(d->run_dir, name, 0);
        close(d->lock_fd);
}

int main(int argc, char **argv)
{
        struct daemon d = {.jail = {.pidfd = -1, .control = -1},
                           .tpm = {.pidfd = -1, .control = -1},
                           .tpm_log = -1,
                           .media = {-1, -1},
                           .console = {.fd = -1},
                           .qmp = {.fd = -1},
                           .engine_log = {.fd = -1}};
        struct error err = {0};
        struct options opt;
        int r;

        if (parse_options(argc, argv, &opt) < 0) {
                fputs(usage, stderr);
                return 2;
        }
        signal(SIGPIPE, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        signal(SIGINT, opt.foreground ? SIG_DFL : SIG_IGN);
        umask(022);
        if (chdir("/") < 0)
                return 1;
        r = daemon_open(&d, &opt, &err);
        if (r == 0)
                r = daemon_events(&d, &err);
        if (r == 0)
                r = recover(&d, &err);
        if (r == 0)
                r = console_open(&d, &err);
        if (r == 0)
                r = door_open(&d, &err);
        if (r < 0) {
                tell_starter(&opt, err.text);
                return 1;
        }
        if (!opt.foreground && opt.ready_fd < 0 && (daemon(0, 0) < 0 || event_reinit(d.base) < 0))
                return 1;
        tell_starter(&opt, "ready");
        do {
                event_base_dispatch(d.base);
        } while (!really_leave(&d));
        daemon_close(&d);
        return 0;
}
