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
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "guest.h"
#include "measure.h"
#include "runstate/runstate.h"

#define MAX_PAIRS 1000

struct bench {
        struct root root;
        const char *zone;
        char disk[PATH_MAX];
        struct strv command; /* the engine's, as the zone's engine was seen to have it */
        long pss_kib;
};

static void note_command(struct bench *b)
{
        _cleanup_free_ char *text = NULL;
        struct runstate rs;
        char path[64];
        size_t len;

        if (runstate_load(&b->root, b->zone, &rs) < 0)
                guest_die("no record of the running zone");
        snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)rs.pid);
        if (fs_read_at(AT_FDCWD, path, 65536, &text, &len) < 0)
                guest_die("no command line of the engine");
        strv_free(&b->command);
        for (size_t i = 0; i < len; i += strlen(text + i) + 1)
                strv_add(&b->command, text + i);
}

static double boot_zone(struct bench *b)
{
        _cleanup_close_ int console = -1;
        double taken = guest_boot_zone(&b->root, b->zone, &console);

        note_command(b);
        b->pss_kib = guest_pss_kib(guest_peer(console));
        guest_zoneadm(&b->root, b->zone, "halt", true);
        return taken;
}

/* A listening socket without a name that anybody could meet by chance. */
static int listener(struct sockaddr_un *ret, socklen_t *ret_len)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
        *ret_len = sizeof(sa_family_t);
        if (bind(fd, (struct sockaddr *)ret, *ret_len) < 0 || listen(fd, 1) < 0)
                guest_die("cannot listen");
        *ret_len = sizeof(*ret);
        if (getsockname(fd, (struct sockaddr *)ret, ret_len) < 0)
                guest_die("getsockname");
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
                guest_die("cannot open what the engine needs");
        start = now_ms();
        pid = fork();
        if (pid == 0) {
                for (size_t i = 0; i < b->command.n; i++)
                        if (strstr(b->command.v[i], "fd="))
                                give(b->command.v[i], disk, serial, monitor);
                guest_quiet();
                execv(b->command.v[0], b->command.v);
                _exit(127);
        }
        if (connect(fd, (struct sockaddr *)&address, len) < 0)
                guest_die("cannot reach the serial line");
        guest_await_letter(fd);
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
                guest_die(err.text);
        b.zone = argv[2];
        if (snprintf(b.disk, sizeof(b.disk), "%s/disks/%s.img", b.root.path, b.zone) >= (int)sizeof(b.disk))
                guest_die("path too long");
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
