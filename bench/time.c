/*
 * Runs a command many times and prints the median and the quartiles of its wall time in milliseconds.
 *
 *   bench-time RUNS PROGRAM ARGUMENT...
 *
 * Each % in an argument becomes the number of the run.  A run that fails ends the measurement: a command that
 * does nothing is fast.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "measure.h"

#define MAX_RUNS 10000

static void numbered(struct strv *argv, char *const *args, int run)
{
        for (; *args; args++) {
                struct strbuf word = {0};

                for (const char *p = *args; *p; p++)
                        if (*p == '%')
                                strbuf_printf(&word, "%d", run);
                        else
                                strbuf_putc(&word, *p);
                strv_consume(argv, strbuf_take(&word));
        }
}

static double run_once(char *const *args, int run)
{
        struct strv argv = {0};
        double start, taken;
        int status;
        pid_t pid;

        numbered(&argv, args, run);
        if (argv.failed)
                exit(1);
        start = now_ms();
        pid = vfork();
        if (pid == 0) {
                execv(argv.v[0], argv.v);
                _exit(127);
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
                fprintf(stderr, "bench-time: run %d of %s failed\n", run, argv.v[0]);
                exit(1);
        }
        taken = now_ms() - start;
        strv_free(&argv);
        return taken;
}

int main(int argc, char **argv)
{
        static double ms[MAX_RUNS];
        int runs = argc > 2 ? atoi(argv[1]) : 0, out;

        if (runs < 1 || runs > MAX_RUNS) {
                fprintf(stderr, "usage: bench-time RUNS PROGRAM ARGUMENT...\n");
                return 2;
        }
        out = dup(STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
        fcntl(out, F_SETFD, FD_CLOEXEC);
        for (int i = 0; i < runs; i++)
                ms[i] = run_once(argv + 2, i);
        dprintf(out, "%.2f %.2f %.2f\n", quantile(ms, runs, 0.5), quantile(ms, runs, 0.25),
                quantile(ms, runs, 0.75));
        return 0;
}
