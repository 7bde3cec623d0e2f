/*
 * What bhyve(8) costs on a plain host: the time from its exec to the first byte that the guest says, against
 * the engine exec'd bare with the command line that bhyve makes, in turn and in one run.
 *
 *   bench-front BHYVE DISK PAIRS     DISK is the boot-sector guest
 *
 * The bare engine has no monitors, so what they cost is counted against bhyve.  Prints: medians of bhyve,
 * bare, and the difference of each pair; lower and upper quartile of the difference.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "guest.h"
#include "measure.h"

#define MAX_PAIRS 1000

/* A program with a socket as its terminal. */
struct running {
        pid_t pid;
        int terminal;
};

/* Milliseconds until the guest says its letter. */
static double start(char *const *argv, struct running *ret)
{
        double begin;
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                guest_die("socketpair");
        begin = now_ms();
        ret->pid = fork();
        if (ret->pid == 0) {
                guest_quiet();
                dup2(pair[1], STDIN_FILENO);
                dup2(pair[1], STDOUT_FILENO);
                execv(argv[0], argv);
                _exit(127);
        }
        close(pair[1]);
        ret->terminal = pair[0];
        guest_await_letter(ret->terminal);
        return now_ms() - begin;
}

/* The guest is told to switch off, so that the name of the machine is free again. */
static void stop(struct running *r)
{
        if (write(r->terminal, "p", 1) != 1 || waitpid(r->pid, NULL, 0) != r->pid)
                guest_die("cannot stop what was started");
        close(r->terminal);
}

static double boot(char *const *argv)
{
        struct running r;
        double taken = start(argv, &r);

        stop(&r);
        return taken;
}

/* The command line of the engine that this bhyve has started, without its monitors. */
static void note_command(pid_t bhyve, struct strv *command)
{
        _cleanup_free_ char *text = NULL, *children = NULL;
        char path[64];
        size_t len;

        snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)bhyve, (int)bhyve);
        if (fs_read_at(AT_FDCWD, path, 4096, &children, &len) < 0)
                guest_die("no engine");
        snprintf(path, sizeof(path), "/proc/%d/cmdline", atoi(children));
        if (fs_read_at(AT_FDCWD, path, 65536, &text, &len) < 0)
                guest_die("no command line of the engine");
        strv_free(command);
        for (const char *p = text; p < text + len; p += strlen(p) + 1) {
                const char *value = p + strlen(p) + 1;

                if (strcmp(p, "-mon") == 0 || (strcmp(p, "-chardev") == 0 && str_starts(value, "socket,")))
                        p = value;
                else
                        strv_add(command, p);
        }
}

int main(int argc, char **argv)
{
        static double front[MAX_PAIRS], bare[MAX_PAIRS], added[MAX_PAIRS];
        int pairs = argc == 4 ? atoi(argv[3]) : 0;
        struct strv command = {0};
        char disk[PATH_MAX + 16];
        struct running first;

        if (pairs < 1 || pairs > MAX_PAIRS) {
                fprintf(stderr, "usage: bench-front BHYVE DISK PAIRS\n");
                return 2;
        }
        snprintf(disk, sizeof(disk), "4,virtio-blk,%s", argv[2]);
        char *bhyve[] = {argv[1],      "-m",          "64M", "-s", "0,hostbridge,model=i440fx",
                         "-s",         "1,lpc",       "-s",  disk, "-l",
                         "com1,stdio", "bench-front", NULL};

        start(bhyve, &first); /* files into the page cache, the probe for KVM, and the command line */
        note_command(first.pid, &command);
        stop(&first);
        for (int i = 0; i < 2 * pairs; i++) {
                bool is_front = i % 4 == 0 || i % 4 == 3;

                (is_front ? front : bare)[i / 2] = boot(is_front ? bhyve : command.v);
        }
        for (int i = 0; i < pairs; i++)
                added[i] = front[i] - bare[i];
        printf("%.2f %.2f ", quantile(front, pairs, 0.5), quantile(bare, pairs, 0.5));
        printf("%.2f %.2f %.2f\n", quantile(added, pairs, 0.5), quantile(added, pairs, 0.25),
               quantile(added, pairs, 0.75));
        strv_free(&command);
        return 0;
}
