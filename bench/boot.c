/*
 * What a zone costs at boot: the time from the exec of `zoneadm boot` to the first byte that the guest says
 * on its serial line, against the very same engine command line exec'd bare, in turn and in one run, so that
 * both see the same machine.
 *
 *   bench-boot ROOT ZONE PAIRS     as root; the zone is installed and boots the boot-sector guest
 *
 * The bare engine gets what zoneadmd would have given it under the same numbers: listening sockets, and the
 * disk.  Prints: medians of zone, bare, and the difference of each pair; lower and upper quartile of the
 * difference; the least of zone and of bare, which a busy machine disturbs least; and the proportional set
 * size of the running zone's zoneadmd in KiB.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "door/door.h"
#include "measure.h"
#include "runstate/runstate.h"

#define MAX_PAIRS   1000
#define DEADLINE_MS 30000.0
#define LETTER      'A' /* what the boot-sector guest says first */

struct bench {
        struct root root;
        const char *zone;
        char disk[PATH_MAX];
        struct strv command; /* the engine's, as the zone's engine was seen to have it */
        long pss_kib;
};

_Noreturn static void die(const char *what)
{
        fprintf(stderr, "bench-boot: %s\n", what);
        exit(1);
}

/* Notices and the engine's remarks are not what is measured. */
static void quiet(void)
{
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
}

static void zoneadm(const struct bench *b, const char *verb, bool wait)
{
        char program[PATH_MAX];
        char *argv[] = {"zoneadm", "-R", (char *)b->root.path, "-z", (char *)b->zone, (char *)verb, NULL};
        pid_t pid;
        int status;

        if (root_program(&b->root, "/usr/sbin/zoneadm", program, sizeof(program)) < 0)
                die("path too long");
        pid = fork();
        if (pid == 0) {
                quiet();
                execv(program, argv);
                _exit(127);
        }
        if (!wait)
                return;
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
                die("zoneadm failed");
}

/* A client of the console, there as soon as zoneadmd listens. */
static int attach(const struct bench *b)
{
        const struct timespec nap = {.tv_nsec = 100 * 1000};
        double end = now_ms() + DEADLINE_MS;

        while (now_ms() < end) {
                int fd = door_socket_connect(&b->root, b->zone, CONSOLE_SUFFIX, NULL);
                char ok[3];

                if (fd >= 0 && fs_write_all(fd, "IDENT 1 C 0\n", 12) == 0 &&
                    recv(fd, ok, sizeof(ok), MSG_WAITALL) == 3 && memcmp(ok, "OK\n", 3) == 0)
                        return fd;
                if (fd >= 0)
                        close(fd);
                nanosleep(&nap, NULL);
        }
        die("no console");
        return -1;
}

/* Reads until the guest's letter; notices, [LIKE THIS], are zoneadmd's. */
static void await_letter(int fd)
{
        bool notice = false;
        char c;

        while (read(fd, &c, 1) == 1) {
                if (c == '[' || c == ']')
                        notice = c == '[';
                else if (c == LETTER && !notice)
                        return;
        }
        die("the serial line ended before the guest said anything");
}

/* Proportional set size of the process at the other end of a socket: zoneadmd. */
static long peer_pss_kib(int fd)
{
        _cleanup_free_ char *text = NULL;
        struct ucred peer;
        socklen_t len = sizeof(peer);
        char path[64], *line;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
                die("SO_PEERCRED");
        snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)peer.pid);
        if (fs_read_at(AT_FDCWD, path, 65536, &text, NULL) < 0 || !(line = strstr(text, "\nPss:")))
                die("no smaps_rollup of zoneadmd");
        return strtol(line + 5, NULL, 10);
}

static void note_command(struct bench *b)
{
        _cleanup_free_ char *text = NULL;
        struct runstate rs;
        char path[64];
        size_t len;

        if (runstate_load(&b->root, b->zone, &rs) < 0)
                die("no record of the running zone");
        snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)rs.pid);
        if (fs_read_at(AT_FDCWD, path, 65536, &text, &len) < 0)
                die("no command line of the engine");
        strv_free(&b->command);
        for (size_t i = 0; i < len; i += strlen(text + i) + 1)
                strv_add(&b->command, text + i);
}

/* zoneadmd of the last run may still be on its way out. */
static void await_no_daemon(const struct bench *b)
{
        const struct timespec nap = {.tv_nsec = 2 * 1000 * 1000};
        double end = now_ms() + DEADLINE_MS;

        while (now_ms() < end) {
                int fd = door_connect(&b->root, b->zone, false, NULL);

                if (fd < 0)
                        return;
                close(fd);
                nanosleep(&nap, NULL);
        }
        die("zoneadmd does not go away");
}

static double boot_zone(struct bench *b)
{
        double start, taken;
        int fd;

        await_no_daemon(b);
        start = now_ms();
        zoneadm(b, "boot", false);
        fd = attach(b);
        await_letter(fd);
        taken = now_ms() - start;
        wait(NULL); /* zoneadm returns a little after the guest has begun */
        note_command(b);
        b->pss_kib = peer_pss_kib(fd);
        close(fd);
        zoneadm(b, "halt", true);
        return taken;
}

/* A listening socket without a name that anybody could meet by chance. */
static int listener(struct sockaddr_un *ret, socklen_t *ret_len)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
        *ret_len = sizeof(sa_family_t);
        if (bind(fd, (struct sockaddr *)ret, *ret_len) < 0 || listen(fd, 1) < 0)
                die("cannot listen");
        *ret_len = sizeof(*ret);
        if (getsockname(fd, (struct sockaddr *)ret, ret_len) < 0)
                die("getsockname");
        return fd;
}

/* Puts what the argument speaks of under its number. */
static void give(const char *arg, int disk, int serial, int monitor)
{
        const char *at = strstr(arg, "fd=");
        int number = at ? atoi(at + 3) : -1, fd = -1;

        if (number < 0)
                return;
        if (str_starts(arg, "fd="))
                fd = disk;
        else if (str_starts(arg, "socket,id=com1,"))
                fd = serial;
        else if (str_starts(arg, "socket,id=qmp,"))
                fd = monitor;
        if (fd < 0 || dup2(fd, number) != number)
                _exit(126);
}

static double boot_bare(const struct bench *b)
{
        _cleanup_close_ int disk = -1, serial = -1, monitor = -1, fd = -1;
        struct sockaddr_un address, unused;
        socklen_t len, unused_len;
        double start, taken;
        pid_t pid;

        /* High numbers: out of the way of those that the command line names. */
        disk = fcntl(open(b->disk, O_RDWR | O_CLOEXEC), F_DUPFD_CLOEXEC, 200);
        serial = fcntl(listener(&address, &len), F_DUPFD_CLOEXEC, 200);
        monitor = fcntl(listener(&unused, &unused_len), F_DUPFD_CLOEXEC, 200);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (disk < 0 || serial < 0 || monitor < 0)
                die("cannot open what the engine needs");
        start = now_ms();
        pid = fork();
        if (pid == 0) {
                for (size_t i = 0; i < b->command.n; i++)
                        if (strstr(b->command.v[i], "fd="))
                                give(b->command.v[i], disk, serial, monitor);
                quiet();
                execv(b->command.v[0], b->command.v);
                _exit(127);
        }
        if (connect(fd, (struct sockaddr *)&address, len) < 0)
                die("cannot reach the serial line");
        await_letter(fd);
        taken = now_ms() - start;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        for (int i = 3; i < 200; i++)
                close(i);
        return taken;
}

int main(int argc, char **argv)
{
        static double zone[MAX_PAIRS], bare[MAX_PAIRS], added[MAX_PAIRS];
        struct bench b = {0};
        struct error err = {0};
        int pairs = argc == 4 ? atoi(argv[3]) : 0;

        if (pairs < 1 || pairs > MAX_PAIRS) {
                fprintf(stderr, "usage: bench-boot ROOT ZONE PAIRS\n");
                return 2;
        }
        if (root_set(&b.root, argv[1], &err) < 0)
                die(err.text);
        b.zone = argv[2];
        if (snprintf(b.disk, sizeof(b.disk), "%s/disks/%s.img", b.root.path, b.zone) >= (int)sizeof(b.disk))
                die("path too long");
        boot_zone(&b); /* files into the page cache, and the command line */
        boot_bare(&b);
        for (int i = 0; i < pairs; i++) {
                bool zone_first = i % 2 == 0;

                if (zone_first)
                        zone[i] = boot_zone(&b);
                bare[i] = boot_bare(&b);
                if (!zone_first)
                        zone[i] = boot_zone(&b);
                added[i] = zone[i] - bare[i];
        }
        printf("%.2f %.2f ", quantile(zone, pairs, 0.5), quantile(bare, pairs, 0.5));
        printf("%.2f %.2f %.2f ", quantile(added, pairs, 0.5), quantile(added, pairs, 0.25),
               quantile(added, pairs, 0.75));
        printf("%.2f %.2f %ld\n", quantile(zone, pairs, 0), quantile(bare, pairs, 0), b.pss_kib);
        strv_free(&b.command);
        return 0;
}
