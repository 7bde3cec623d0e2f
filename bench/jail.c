/*
 * What a jail costs: the time from the decision to run a program to its first instruction's write, in a jail
 * and bare, in turn and in one run, so that both see the same machine.  Medians, quartiles and the
 * difference.
 *
 *   bench-jail [PAIRS]     as root
 *
 * The program is this one, called again: it writes one byte and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/jail.h"

#define WORD      "--say"
#define MAX_PAIRS 1000

static double now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return x < y ? -1 : x > y;
}

static void print_row(const char *what, double *ms, int n)
{
        qsort(ms, (size_t)n, sizeof(*ms), compare);
        printf("%-16s %7.2f %7.2f %7.2f %7.2f\n", what, ms[0], ms[n / 4], ms[n / 2], ms[n * 3 / 4]);
}

static double run_bare(int program)
{
        char *argv[] = {"bench", WORD, NULL}, *envp[] = {NULL};
        double start = now_ms(), said;
        int p[2];
        pid_t pid;
        char c;

        if (pipe2(p, O_CLOEXEC) < 0)
                exit(1);
        pid = fork();
        if (pid == 0) {
                dup2(p[1], 1);
                fexecve(program, argv, envp);
                _exit(127);
        }
        close(p[1]);
        if (read(p[0], &c, 1) != 1)
                exit(1);
        said = now_ms() - start;
        close(p[0]);
        waitpid(pid, NULL, 0);
        return said;
}

/* A zone as the bhyve brand makes it: the same kinds of mounts, devices and limits. */
static double run_jailed(int root, int program, double *ret_destroy)
{
        static const struct jail_mount mount[] = {
            JAIL_SYSTEM_MOUNTS,
            {.kind = JAIL_MOUNT_TMPFS, .target = "/tmp", .options = "size=1m,mode=0700", .zone_owned = true},
            {.kind = JAIL_MOUNT_DEV, .target = "/dev"},
        };
        static const struct jail_device device[] = {{.path = "/dev/null", .name = "null"},
                                                    {.path = "/dev/urandom", .name = "urandom"}};
        static const char *const argv[] = {"bench", WORD, NULL}, *const envp[] = {NULL};
        struct jail_spec spec = {.zone = "bench",
                                 .root_fd = root,
                                 .uid = JAIL_UID_BASE + JAIL_UID_COUNT - 1,
                                 .mount = mount,
                                 .n_mount = ARRAY_SIZE(mount),
                                 .device = device,
                                 .n_device = ARRAY_SIZE(device),
                                 .limits = {.pids = 64, .memory_bytes = 256 << 20},
                                 .weak_limits = true};
        double start = now_ms(), said;
        struct error err;
        struct jail jail;
        int p[2];
        char c;

        if (pipe2(p, O_CLOEXEC) < 0 || jail_create(&spec, &jail, &err) < 0 ||
            jail_start(&jail, program, argv, envp, NULL, 0, p[1], &err) < 0) {
                fprintf(stderr, "bench-jail: %s\n", err.text);
                exit(1);
        }
        close(p[1]);
        if (read(p[0], &c, 1) != 1)
                exit(1);
        said = now_ms() - start;
        close(p[0]);
        start = now_ms();
        if (jail_destroy(&jail, &err) < 0)
                exit(1);
        *ret_destroy = now_ms() - start;
        return said;
}

int main(int argc, char **argv)
{
        static double bare[MAX_PAIRS], jailed[MAX_PAIRS], destroy[MAX_PAIRS];
        int pairs = argc == 2 ? atoi(argv[1]) : 30;
        char dir[] = "/tmp/apiary-bench.XXXXXX", sub[64];
        static const char *const made[] = {"usr", "lib", "lib64", "tmp", "dev"};
        _cleanup_close_ int root = -1, program = -1;

        if (argc == 2 && strcmp(argv[1], WORD) == 0)
                return write(1, "A", 1) != 1;
        if (pairs < 1 || pairs > MAX_PAIRS || geteuid() != 0 || !mkdtemp(dir) || chmod(dir, 0755) < 0) {
                fprintf(stderr, "usage: bench-jail [PAIRS], as root\n");
                return 2;
        }
        root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        for (int i = 0; i < pairs; i++) {
                bare[i] = run_bare(program);
                jailed[i] = run_jailed(root, program, &destroy[i]);
        }
        printf("%-16s %7s %7s %7s %7s  (ms, %d pairs)\n", "", "min", "25%", "median", "75%", pairs);
        print_row("bare exec", bare, pairs);
        print_row("jailed", jailed, pairs);
        print_row("destroy", destroy, pairs);
        printf("added by the jail: %.2f ms\n", jailed[pairs / 2] - bare[pairs / 2]);
        for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
                snprintf(sub, sizeof(sub), "%s/%s", dir, made[i]);
                rmdir(sub);
        }
        return rmdir(dir) < 0;
}
