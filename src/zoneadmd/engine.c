/*
 * The engine: reads the arguments that the brand's hook left in the zone, opens what they name, makes the
 * sockets that the engine and this daemon share, and starts the zone's init.
 *
 * The console and QMP sockets listen in /run/zones/NAME.engine: the engine inherits the listening
 * descriptors, so a later zoneadmd can connect again.  We connect before the engine starts: its first accept
 * finds us, and not one byte of the console is lost.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/size.h"
#include "bhyve/bhyve.h"
#include "bhyve/plan.h"
#include "limits/limits.h"
#include "net/net.h"
#include "nvlist/nvlist.h"
#include "zoneadmd/daemon.h"
#include "zoneadmd/open.h"

#define ARGS_PATH "var/run/bhyve/zhyve.args"
#define ARGS_KEY  "zhyve_args"

#define SECTOR_MAX 4096 /* bytes; the largest logical sector that a disk can be given */

int engine_dir(struct daemon *d, bool make, struct error *err)
{
        char name[NAME_MAX + 1];
        int fd;

        snprintf(name, sizeof(name), "%s.engine", d->zone);
        if (make && mkdirat(d->run_dir, name, 0700) < 0 && errno != EEXIST)
                return error_errno(err, errno, "%s", name);
        fd = fs_open_beneath(d->run_dir, name, O_RDONLY | O_DIRECTORY, 0);
        return fd < 0 ? error_errno(err, fd, "%s", name) : fd;
}

void engine_remove_sockets(struct daemon *d)
{
        _cleanup_close_ int dir = engine_dir(d, false, NULL);
        char name[NAME_MAX + 1];

        if (dir < 0)
                return;
        zone_sockets_remove(d, dir);
        unlinkat(dir, "console", 0);
        unlinkat(dir, "qmp", 0);
        snprintf(name, sizeof(name), "%s.engine", d->zone);
        unlinkat(d->run_dir, name, AT_REMOVEDIR);
}

/* One of the two shared sockets: a listening end for the engine and our connected one. */
static int make_shared(int dir, const char *name, struct handover *h, int *ret_ours, struct error *err)
{
        _cleanup_close_ int listener = socket_listen_at(dir, name, err);
        int ours;

        if (listener < 0)
                return listener;
        ours = socket_connect_at(dir, name);
        if (ours < 0)
                return error_errno(err, ours, "%s", name);
        *ret_ours = ours;
        return handover_add(h, TAKE_FD(listener), err);
}

static int read_args(struct daemon *d, struct bconf **ret, struct error *err)
{
        _cleanup_close_ int root = jail_root(&d->jail, err), fd = -1;
        _cleanup_free_ char *packed = NULL;
        _cleanup_(bconf_freep) struct bconf *conf = NULL;
        char **argv;
        size_t len, argc;
        int r;

        if (root < 0)
                return root;
        fd = fs_open_in_root(root, ARGS_PATH, O_RDONLY | O_NONBLOCK, 0);
        if (fd < 0)
                return error_errno(err, fd, ARGS_PATH);
        r = fs_read_fd(fd, NVLIST_MAX_BYTES, &packed, &len);
        if (r < 0)
                return error_errno(err, r, ARGS_PATH);
        r = nvlist_unpack_strings(packed, len, ARGS_KEY, &argv, &argc, err);
        if (r < 0)
                return error_prefix(err, ARGS_PATH);
        conf = bconf_new();
        r = conf ? bhyve_parse((int)argc, argv, conf, err) : error_nomem(err);
        nvlist_free(argv);
        if (r != 0)
                return r < 0 ? r : -EINVAL;
        /* Values are what the engine gets, not the references to them. */
        return bconf_expand(conf, ret, err);
}

static bool host_holds(const struct jail_limits *limits)
{
        struct problems problems = {0};
        bool holds = jail_limits_check(limits, &problems, NULL) == 0 && problems.n == 0;

        problems_clear(&problems);
        return holds;
}

/*
 * Guest memory is known now: bound what the whole zone may take, where the configuration does not.  Setting
 * limits replaces all of them, so those that the zone has are said again.
 */
static void default_memory_limit(struct daemon *d, const struct bconf *conf, const struct needs *needs)
{
        const char *size = bconf_get(conf, "memory.size");
        struct jail_limits limits;
        uint64_t ram, disk, configured_pids;

        limits_from_config(d->cfg, &limits);
        if (limits.memory_bytes > 0 || !size || size_parse_ram(size, &ram) < 0)
                return;
        for (size_t i = 0; i < needs->n; i++)
                if (needs->need[i].kind == NEED_MEMORY &&
                    bhyve_memory_disk_size(needs->need[i].path, &disk) == 0)
                        ram += disk;
        limits.cpus = d->record.cpus[0] ? d->record.cpus : NULL;
        configured_pids = limits.pids;
        limits_add_defaults(&limits, ram);
        if (!host_holds(&limits))
                limits.pids = configured_pids;
        if (host_holds(&limits))
                jail_set_limits(d->jail_name, &limits, NULL);
}

/* "ZHYVE_PLAN=...": what zhyve has to know that is not in its arguments. */
static char *plan_variable(const struct engine_env *env, struct error *err)
{
        const struct plan plan = {.env = *env, .engine_fd = -1};
        _cleanup_free_ char *text = NULL;
        char *variable;

        if (plan_format(&plan, &text, err) < 0)
                return NULL;
        if (asprintf(&variable, ZHYVE_PLAN_ENV "=%s", text) < 0) {
                error_nomem(err);
                return NULL;
        }
        return variable;
}

/* A file in a shared directory may become as large as the file system is, which may not say how large. */
static uint64_t room_in(int fd)
{
        struct statvfs st;
        uint64_t bytes;

        if (fstatvfs(fd, &st) < 0 || st.f_blocks == 0 ||
            __builtin_mul_overflow((uint64_t)st.f_blocks, (uint64_t)st.f_frsize, &bytes))
                return INT64_MAX;
        return bytes;
}

/*
 * A raw disk is as large as it is, and a hypervisor that was broken into must not fill the host's file system
 * through it.  The limit is the largest file that it may write.  There is one for all files: a smaller image
 * can be made as large as the largest, and a writable shared directory raises the limit for the disks.
 */
static uint64_t largest_file(const struct handover *h)
{
        uint64_t largest = 1;

        for (size_t i = 0; i < h->n_fds; i++) {
                int flags = fcntl(h->fds[i].fd, F_GETFL);
                struct stat st;
                uint64_t room = h->fds[i].kind == JAIL_FD_SHARE ? room_in(h->fds[i].fd) : 0;

                if (room > largest)
                        largest = room;
                if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(h->fds[i].fd, &st) < 0 ||
                    !S_ISREG(st.st_mode))
                        continue;
                if ((uint64_t)st.st_size > largest)
                        largest = (uint64_t)st.st_size;
        }
        /* The last sector of an image of an odd size may be completed. */
        return largest > INT64_MAX - SECTOR_MAX ? INT64_MAX
                                                : (largest + SECTOR_MAX - 1) / SECTOR_MAX * SECTOR_MAX;
}

static int launch(struct daemon *d, struct handover *h, const struct engine_env *env, struct error *err)
{
        _cleanup_close_ int program = -1, log_ours = -1, log_theirs = -1;
        _cleanup_free_ char *plan = plan_variable(env, err);
        char path[PATH_MAX];
        const char *argv[] = {d->brand->text[BRAND_INITNAME], NULL}, *envp[] = {plan, NULL};
        int ends[2], r;

        if (!plan)
                return -EINVAL;
        if (!argv[0])
                return error_set(err, EINVAL, "brand %s: no initname", d->brand->name);
        r = root_program(&d->root, argv[0], path, sizeof(path));
        if (r < 0)
                return error_errno(err, r, "%s", argv[0]);
        program = open(path, O_PATH | O_CLOEXEC);
        if (program < 0)
                return error_errno(err, errno, "zone init %s", path);
        if (access(ENGINE_PATH, X_OK) < 0)
                return error_set(err, ENOENT,
                                 "the hypervisor " ENGINE_PATH " is missing (package "
                                 "qemu-system-x86)");
        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_errno(err, errno, "pipe");
        log_ours = ends[0];
        log_theirs = ends[1];
        d->jail.max_file = largest_file(h);
        if (d->tpm.pidfd >= 0)
                d->jail.filter = JAIL_FILTER_INIT_WITH_TPM;
        clock_gettime(CLOCK_MONOTONIC, &d->started);
        r = jail_start(&d->jail, program, argv, envp, h->fds, h->n_fds, log_theirs, err);
        if (r < 0)
                return r;
        return engine_log_attach(d, TAKE_FD(log_ours)) < 0 ? error_nomem(err) : 0;
}

/* The need that is the zone's console: at most one serial port has it. */
static const struct need *find_console(const struct needs *needs)
{
        for (size_t i = 0; i < needs->n; i++)
                if (needs->need[i].kind == NEED_CONSOLE)
                        return &needs->need[i];
        return NULL;
}

static int add_console(struct handover *h, int dir, int *ret_ours, struct error *err)
{
        const struct need *need = find_console(&h->needs);
        int number;

        if (!need)
                return 0;
        number = make_shared(dir, "console", h, ret_ours, err);
        if (number < 0)
                return number;
        return handover_engine(h, &(struct engine_fd){.kind = NEED_CONSOLE, .path = need->path, .fd = number},
                               err);
}

int engine_start(struct daemon *d, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *conf = NULL;
        _cleanup_close_ int dir = -1, console = -1, qmp = -1;
        struct handover h = {0};
        struct engine_env env;
        int r, qmp_number = -1;

        r = read_args(d, &conf, err);
        if (r == 0)
                r = bhyve_needs(conf, &h.needs, err);
        if (r == 0)
                r = handover_open(d, &h, err);
        if (r == 0)
                r = passthru_give(d, &h, err);
        if (r == 0)
                r = pin_memory(d, conf, h.n_pci > 0, err);
        if (r == 0)
                r = screen_expect(d, conf, err);
        if (r == 0)
                r = dir = engine_dir(d, true, err);
        if (r >= 0)
                r = add_console(&h, dir, &console, err);
        if (r >= 0)
                r = qmp_number = make_shared(dir, "qmp", &h, &qmp, err);
        if (r >= 0) {
                default_memory_limit(d, conf, &h.needs);
                env = (struct engine_env){.fd = h.engine,
                                          .n_fd = h.n_engine,
                                          .kvm = d->kvm,
                                          .qmp_fd = qmp_number,
                                          .qmp_listen = true,
                                          .console_listen = true,
                                          .paused = d->screen_waits,
                                          .mac = h.mac_list,
                                          .n_mac = h.n_mac};
                r = launch(d, &h, &env, err);
        }
        handover_close(&h);
        if (r < 0)
                return r;
        if (console >= 0)
                console_attach(d, TAKE_FD(console));
        r = qmp_attach(d, TAKE_FD(qmp), err);
        return r < 0 ? r : engine_watch(d, err);
}

/* The screen's listener ended with the daemon that had it: the arguments in the zone say where it was. */
static void reopen_screen(struct daemon *d)
{
        _cleanup_(bconf_freep) struct bconf *conf = NULL;
        struct needs needs = {0};
        struct error err = {0};

        if (read_args(d, &conf, &err) < 0 || bhyve_needs(conf, &needs, &err) < 0) {
                zone_log(d, "screen: %s", err.text);
                return;
        }
        for (size_t i = 0; i < needs.n; i++)
                if (needs.need[i].kind == NEED_VNC &&
                    (screen_open(d, needs.need[i].path, &err) < 0 || screen_expect(d, conf, &err) < 0))
                        zone_log(d, "screen: %s", err.text);
        needs_free(&needs);
}

int engine_connect(struct daemon *d, const char *name, struct error *err)
{
        _cleanup_close_ int dir = engine_dir(d, false, err);
        int r;

        if (dir < 0)
                return dir;
        r = socket_connect_at(dir, name);
        return r < 0 ? error_errno(err, r, "%s.engine/%s", d->zone, name) : r;
}

int engine_reconnect(struct daemon *d, struct error *err)
{
        int console = engine_connect(d, "console", NULL);

        reopen_screen(d);
        if (console >= 0)
                console_attach(d, console);
        return qmp_connect(d, err);
}

static void engine_exited(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        zone_engine_gone(arg);
}

int engine_watch(struct daemon *d, struct error *err)
{
        if (d->engine_exit)
                event_free(d->engine_exit);
        d->engine_exit = event_new(d->base, d->jail.pidfd, EV_READ, engine_exited, d);
        if (!d->engine_exit || event_add(d->engine_exit, NULL) < 0)
                return error_nomem(err);
        return 0;
}

void engine_close(struct daemon *d)
{
        console_detach(d);
        qmp_detach(d);
        engine_log_detach(d);
        screen_close(d);
}

/*
 * passt ends by itself when the engine's end of its socket is gone; kill_them makes sure.  One that ends
 * while the engine runs is news: the guest's link is dead from then on.
 */
void engine_reap_helpers(struct daemon *d, bool kill_them)
{
        size_t left = 0, lost = 0;

        for (size_t i = 0; i < d->n_helper; i++) {
                if (kill_them)
                        kill(d->helper[i], SIGKILL);
                if (waitpid(d->helper[i], NULL, kill_them ? 0 : WNOHANG) == 0)
                        d->helper[left++] = d->helper[i];
                else
                        lost++;
        }
        d->n_helper = left;
        if (lost > 0 && !kill_them && runstate_alive(&d->record, NULL))
                request_notice(d, "WARNING: a link on " NET_NAT_LINK " has ended: the guest has no network "
                                  "there (has this host a default route?)");
}
