/*
 * Puts a program in the engine's place: makes a jail as zoneadmd makes one, starts the program in it, waits
 * for its end and takes the jail down.  The jail layer of the tests and the bench drive it.
 *
 *   launch [options] ROOT PROGRAM [ARG...]    what the program prints, then "exit N" or "signal N"
 *   launch --ready [options] ROOT             only makes the jail ("ready PID"), until standard input ends
 *   launch --clean NAME                       cleans up by name
 *   launch --findings                         what the host can give
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/jail.h"
#include "probe.h"

enum {
        OPT_NAME = 256,
        OPT_UID,
        OPT_NO_SECCOMP,
        OPT_NO_LANDLOCK,
        OPT_MEMORY,
        OPT_SWAP,
        OPT_PIDS,
        OPT_CPU_CAP,
        OPT_SHARES,
        OPT_IO,
        OPT_CPUS,
        OPT_WEAK,
        OPT_READY,
        OPT_HOLD,
        OPT_BIND,
        OPT_PROC,
        OPT_CLEAN,
        OPT_FINDINGS,
        OPT_FDS,
        OPT_LIMIT_LATER,
        OPT_DISK,
        OPT_SHARE,
        OPT_SHARE_RO,
        OPT_MAX_FILE,
};

static const struct option OPTIONS[] = {
    {"name", 1, 0, OPT_NAME},
    {"uid", 1, 0, OPT_UID},
    {"no-seccomp", 0, 0, OPT_NO_SECCOMP},
    {"no-landlock", 0, 0, OPT_NO_LANDLOCK},
    {"memory", 1, 0, OPT_MEMORY},
    {"swap", 1, 0, OPT_SWAP},
    {"pids", 1, 0, OPT_PIDS},
    {"cpu-cap", 1, 0, OPT_CPU_CAP},
    {"shares", 1, 0, OPT_SHARES},
    {"io", 1, 0, OPT_IO},
    {"cpus", 1, 0, OPT_CPUS},
    {"weak", 0, 0, OPT_WEAK},
    {"ready", 0, 0, OPT_READY},
    {"hold", 0, 0, OPT_HOLD},
    {"bind", 1, 0, OPT_BIND},
    {"proc", 0, 0, OPT_PROC},
    {"clean", 1, 0, OPT_CLEAN},
    {"findings", 0, 0, OPT_FINDINGS},
    {"fds", 1, 0, OPT_FDS},
    {"limit-later", 1, 0, OPT_LIMIT_LATER},
    {"disk", 1, 0, OPT_DISK},
    {"share", 1, 0, OPT_SHARE},
    {"share-ro", 1, 0, OPT_SHARE_RO},
    {"max-file", 1, 0, OPT_MAX_FILE},
    {0},
};

static struct error err;

static int complain(void)
{
        fprintf(stderr, "launch: %s\n", err.text);
        return 1;
}

static int findings(void)
{
        struct jail_finding list[32];
        size_t n = 0;

        jail_findings(list, ARRAY_SIZE(list), &n);
        for (size_t i = 0; i < n; i++)
                printf("%s: %s: %s\n", list[i].what, list[i].available ? "yes" : "no", list[i].detail);
        return 0;
}

static void wait_input(void)
{
        char c;

        fflush(stdout);
        while (read(0, &c, 1) > 0)
                ;
}

static int report(struct jail *jail)
{
        struct pollfd p = {.fd = jail->pidfd, .events = POLLIN};
        siginfo_t info = {0};

        poll(&p, 1, -1);
        if (waitid(P_PIDFD, (id_t)jail->pidfd, &info, WEXITED) < 0)
                return -1;
        printf("%s %d\n", info.si_code == CLD_EXITED ? "exit" : "signal", info.si_status);
        return 0;
}

static int add_share(const struct jail *jail, const char *path, struct jail_fd *ret)
{
        _cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (dir < 0)
                return error_errno(&err, errno, "%s", path);
        ret->fd = jail_share(dir, jail->uid, ret->kind == JAIL_FD_SHARE_RO, &err);
        return ret->fd < 0 ? ret->fd : 0;
}

/* What the command line asked for. */
struct asked {
        struct jail_spec spec;
        struct jail_mount mount[8];
        bool ready, hold;
        const char *disk, *share[2];
        uint64_t later_pids, max_file;
        int n_fds;
};

static int run(const struct asked *asked, struct jail *jail, char **argv)
{
        static const char *const envp[] = {"PATH=/usr/bin", NULL};
        struct jail_limits later = {.pids = asked->later_pids};
        struct jail_fd fds[JAIL_MAX_FDS + 3];
        _cleanup_close_ int program = open(argv[0], O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int disk = asked->disk ? open(asked->disk, O_RDWR | O_CLOEXEC) : -1;
        int n_fds = asked->n_fds;

        if (asked->disk && disk < 0)
                return error_errno(&err, errno, "%s", asked->disk);
        if (program < 0)
                return error_errno(&err, errno, "%s", argv[0]);
        for (int i = 0; i < n_fds; i++)
                fds[i] = (struct jail_fd){.fd = 1, .number = JAIL_MAX_FD_NUMBER - i};
        if (disk >= 0)
                fds[n_fds++] = (struct jail_fd){.fd = disk, .number = DISK_NUMBER};
        for (int i = 0; i < 2; i++) {
                if (!asked->share[i])
                        continue;
                fds[n_fds] = (struct jail_fd){.number = i ? SHARE_RO_NUMBER : SHARE_NUMBER,
                                              .kind = i ? JAIL_FD_SHARE_RO : JAIL_FD_SHARE};
                if (add_share(jail, asked->share[i], &fds[n_fds++]) < 0)
                        return -1;
        }
        fflush(stdout);
        jail->max_file = asked->max_file;
        if (jail_start(jail, program, (const char *const *)argv, envp, fds, (size_t)n_fds, 1, &err) < 0)
                return -1;
        if (later.pids && jail_set_limits(jail->zone, &later, &err) < 0)
                return -1;
        if (asked->hold)
                wait_input();
        else
                report(jail);
        return 0;
}

/* A jail like that of a zone, of what every host has. */
static void describe(struct asked *asked)
{
        static const char *const writable[] = {"/tmp", NULL};
        static const char *const readable[] = {"/usr", "/lib", "/lib64", "/bin", "/dev", NULL};
        static const struct jail_mount mount[] = {
            JAIL_SYSTEM_MOUNTS,
            {.kind = JAIL_MOUNT_TMPFS, .target = "/tmp", .options = "size=1m,mode=0700", .zone_owned = true},
            {.kind = JAIL_MOUNT_DEV, .target = "/dev"},
        };
        static const struct jail_device device[] = {
            {.path = "/dev/null", .name = "null"},
            {.path = "/dev/urandom", .name = "urandom"},
            {.path = "/dev/kvm", .name = "kvm", .zone_owned = true, .optional = true},
        };
        static const struct jail_link link[] = {{.source = "null", .target = "/dev/nothing"}};

        _Static_assert(sizeof(mount) < sizeof(asked->mount), "no room for those of the command line");
        memcpy(asked->mount, mount, sizeof(mount));
        asked->spec = (struct jail_spec){.zone = "jailtest",
                                         .root_fd = -1,
                                         .uid = JAIL_UID_BASE + 900,
                                         .mount = asked->mount,
                                         .n_mount = ARRAY_SIZE(mount),
                                         .device = device,
                                         .n_device = ARRAY_SIZE(device),
                                         .link = link,
                                         .n_link = ARRAY_SIZE(link),
                                         .writable = writable,
                                         .readable = readable};
}

static bool add_mount(struct asked *asked, struct jail_mount mount)
{
        if (asked->spec.n_mount >= ARRAY_SIZE(asked->mount))
                return false;
        asked->mount[asked->spec.n_mount++] = mount;
        return true;
}

/* The options that are about the jail's limits; false for another. */
static bool limit_option(struct jail_limits *limits, int option)
{
        switch (option) {
        case OPT_MEMORY:
                limits->memory_bytes = strtoull(optarg, NULL, 10);
                return true;
        case OPT_SWAP:
                limits->swap_bytes = strtoull(optarg, NULL, 10);
                return true;
        case OPT_PIDS:
                limits->pids = strtoull(optarg, NULL, 10);
                return true;
        case OPT_CPU_CAP:
                limits->cpu_cap = strtoull(optarg, NULL, 10);
                return true;
        case OPT_SHARES:
                limits->cpu_shares = strtoull(optarg, NULL, 10);
                return true;
        case OPT_IO:
                limits->io_weight = strtoull(optarg, NULL, 10);
                return true;
        case OPT_CPUS:
                limits->cpus = optarg;
                return true;
        default:
                return false;
        }
}

/* About the jail itself; false for another, or when there are too many. */
static bool jail_option(struct asked *asked, int option)
{
        switch (option) {
        case OPT_NAME:
                asked->spec.zone = optarg;
                return true;
        case OPT_UID:
                asked->spec.uid = (uid_t)strtoul(optarg, NULL, 10);
                return true;
        case OPT_NO_SECCOMP:
                return asked->spec.no_seccomp = true;
        case OPT_NO_LANDLOCK:
                return asked->spec.no_landlock = true;
        case OPT_WEAK:
                return asked->spec.weak_limits = true;
        case OPT_BIND:
                return add_mount(asked, (struct jail_mount){.kind = JAIL_MOUNT_BIND,
                                                            .source = optarg,
                                                            .target = "/bound",
                                                            .read_only = true});
        case OPT_PROC:
                return add_mount(asked, (struct jail_mount){.kind = JAIL_MOUNT_PROC, .target = "/proc"});
        default:
                return limit_option(&asked->spec.limits, option);
        }
}

/* About the program in it. */
static bool program_option(struct asked *asked, int option)
{
        switch (option) {
        case OPT_READY:
                return asked->ready = true;
        case OPT_HOLD:
                return asked->hold = true;
        case OPT_FDS:
                asked->n_fds = atoi(optarg);
                return asked->n_fds <= JAIL_MAX_FDS;
        case OPT_LIMIT_LATER:
                asked->later_pids = strtoull(optarg, NULL, 10);
                return true;
        case OPT_DISK:
                asked->disk = optarg;
                return true;
        case OPT_SHARE:
                asked->share[0] = optarg;
                return true;
        case OPT_SHARE_RO:
                asked->share[1] = optarg;
                return true;
        case OPT_MAX_FILE:
                asked->max_file = strtoull(optarg, NULL, 10);
                return true;
        default:
                return false;
        }
}

int main(int argc, char **argv)
{
        struct asked asked = {0};
        struct jail jail;
        int c, r = 0;

        describe(&asked);
        while ((c = getopt_long(argc, argv, "+", OPTIONS, NULL)) >= 0) {
                if (c == OPT_CLEAN)
                        return jail_clean(optarg, &err) < 0 ? complain() : 0;
                if (c == OPT_FINDINGS)
                        return findings();
                if (!jail_option(&asked, c) && !program_option(&asked, c))
                        return 2;
        }
        if (argc - optind < (asked.ready ? 1 : 2))
                return 2;
        asked.spec.root_fd = open(argv[optind], O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (asked.spec.root_fd < 0 || jail_create(&asked.spec, &jail, &err) < 0)
                return complain();
        if (asked.ready) {
                printf("ready %d\n", (int)jail.pid);
                wait_input();
        } else {
                r = run(&asked, &jail, argv + optind + 1);
        }
        if (r < 0)
                complain();
        /* Twice, because it has to be harmless. */
        if (jail_destroy(&jail, &err) < 0 || jail_destroy(&jail, &err) < 0)
                return complain();
        return r < 0;
}
