/* The boot-sector guest as the benchmarks use it: see guest.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "door/door.h"
#include "guest.h"
#include "measure.h"

#define DEADLINE_MS 30000.0
#define LETTER      'A' /* what the boot-sector guest says first */

_Noreturn void guest_die(const char *what)
{
        fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
        exit(1);
}

void guest_quiet(void)
{
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
}

void guest_zoneadm(const struct root *root, const char *zone, const char *verb, bool wait)
{
        char program[PATH_MAX];
        char *argv[] = {"zoneadm", "-R", (char *)root->path, "-z", (char *)zone, (char *)verb, NULL};
        pid_t pid;
        int status;

        if (root_program(root, "/usr/sbin/zoneadm", program, sizeof(program)) < 0)
                guest_die("path too long");
        pid = fork();
        if (pid == 0) {
                guest_quiet();
                execv(program, argv);
                _exit(127);
        }
        if (!wait)
                return;
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
                guest_die("zoneadm failed");
}

/* A client of the console, there as soon as zoneadmd listens. */
static int attach(const struct root *root, const char *zone)
{
        const struct timespec nap = {.tv_nsec = 100 * 1000};
        double end = now_ms() + DEADLINE_MS;

        while (now_ms() < end) {
                int fd = door_socket_connect(root, zone, CONSOLE_SUFFIX, NULL);
                char ok[3];

                if (fd >= 0 && fs_write_all(fd, "IDENT 1 C 0\n", 12) == 0 &&
                    recv(fd, ok, sizeof(ok), MSG_WAITALL) == 3 && memcmp(ok, "OK\n", 3) == 0)
                        return fd;
                if (fd >= 0)
                        close(fd);
                nanosleep(&nap, NULL);
        }
        guest_die("no console");
}

void guest_await_letter(int fd)
{
        bool notice = false;
        char c;

        while (read(fd, &c, 1) == 1) {
                if (c == '[' || c == ']')
                        notice = c == '[';
                else if (c == LETTER && !notice)
                        return;
        }
        guest_die("the serial line ended before the guest said anything");
}

pid_t guest_peer(int fd)
{
        struct ucred peer;
        socklen_t len = sizeof(peer);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
                guest_die("SO_PEERCRED");
        return peer.pid;
}

long guest_pss_kib(pid_t pid)
{
        _cleanup_free_ char *text = NULL;
        char path[64], *line;

        snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
        if (fs_read_at(AT_FDCWD, path, 65536, &text, NULL) < 0 || !(line = strstr(text, "\nPss:")))
                guest_die("no smaps_rollup of the daemon");
        return strtol(line + 5, NULL, 10);
}

/* zoneadmd of the last run may still be on its way out. */
static void await_no_daemon(const struct root *root, const char *zone)
{
        const struct timespec nap = {.tv_nsec = 2 * 1000 * 1000};
        double end = now_ms() + DEADLINE_MS;

        while (now_ms() < end) {
                int fd = door_connect(root, zone, false, NULL);

                if (fd < 0)
                        return;
                close(fd);
                nanosleep(&nap, NULL);
        }
        guest_die("zoneadmd does not go away");
}

double guest_boot_zone(const struct root *root, const char *zone, int *ret_console)
{
        double start, taken;

        await_no_daemon(root, zone);
        start = now_ms();
        guest_zoneadm(root, zone, "boot", false);
        *ret_console = attach(root, zone);
        guest_await_letter(*ret_console);
        taken = now_ms() - start;
        wait(NULL); /* zoneadm returns a little after the guest has begun */
        return taken;
}
