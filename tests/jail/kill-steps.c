/*
 * Kills the launcher at every one of its system calls in turn, and looks each time at what it leaves: no
 * process of the zone may live on, and cleaning up by name must leave no cgroup.
 *
 *   kill-steps UID NAME LAUNCHER [ARG...]    prints "N steps" when all was well
 *   kill-steps --listen NAME                 listens on an abstract unix socket until it is ended, for the
 *                                            probe to try to reach
 */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "platform/jail.h"

#define PATIENCE_MS 3000
#define MAX_STEPS   5000
#define UNHURRIED_S 15 /* for so long every step is tried; then ever fewer, so that a slow host ends too */

static void nap(void)
{
        const struct timespec ms = {.tv_nsec = 1000000};

        nanosleep(&ms, NULL);
}

/* Lets the launcher go until its step-th stop; true if it got there, false if it ended before. */
static bool run_until(char **argv, int step)
{
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                ptrace(PTRACE_TRACEME, 0, NULL, NULL);
                execv(argv[0], argv);
                _exit(127);
        }
        waitpid(pid, &status, 0);
        for (int i = 0; i < step && WIFSTOPPED(status); i++) {
                int sig = WSTOPSIG(status);

                ptrace(PTRACE_SYSCALL, pid, NULL, (long)(sig == SIGTRAP ? 0 : sig));
                waitpid(pid, &status, 0);
        }
        if (!WIFSTOPPED(status))
                return false;
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        return true;
}

/* A live process with that uid; those that ended and wait to be buried do not count. */
static bool uid_lives(uid_t uid)
{
        DIR *proc = opendir("/proc");
        struct dirent *d;
        bool found = false;

        while (!found && (d = readdir(proc))) {
                char path[300], line[256], state = 'Z';
                unsigned id = 0;
                FILE *f;

                if (d->d_name[0] < '0' || d->d_name[0] > '9')
                        continue;
                snprintf(path, sizeof(path), "/proc/%s/status", d->d_name);
                f = fopen(path, "re");
                if (!f)
                        continue;
                while (fgets(line, sizeof(line), f)) {
                        sscanf(line, "State: %c", &state);
                        sscanf(line, "Uid: %u", &id);
                }
                fclose(f);
                found = id == uid && state != 'Z' && state != 'X';
        }
        closedir(proc);
        return found;
}

/* The children that the killed launcher left are handed to us (subreaper): all of them must end. */
static bool all_end(uid_t uid)
{
        for (int i = 0; i < PATIENCE_MS; i++) {
                while (waitpid(-1, NULL, WNOHANG) > 0)
                        ;
                if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD && !uid_lives(uid))
                        return true;
                nap();
        }
        return false;
}

static bool cgroups_left(const char *name)
{
        char pattern[256];
        glob_t g = {0};
        bool left;

        snprintf(pattern, sizeof(pattern), "/sys/fs/cgroup/*/zones/%s.zone", name);
        left = glob(pattern, 0, NULL, &g) == 0;
        snprintf(pattern, sizeof(pattern), "/sys/fs/cgroup/zones/%s.zone", name);
        left = glob(pattern, left ? GLOB_APPEND : 0, NULL, &g) == 0 || left;
        globfree(&g);
        return left;
}

static int listen_abstract(const char *name)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        size_t n = strlen(name);

        if (fd < 0 || n >= sizeof(a.sun_path))
                return 1;
        memcpy(a.sun_path + 1, name, n);
        if (bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n)) <
                0 ||
            listen(fd, 5) < 0)
                return 1;
        pause();
        return 0;
}

int main(int argc, char **argv)
{
        struct error err = {0};
        time_t start = time(NULL);
        int step;

        if (argc == 3 && strcmp(argv[1], "--listen") == 0)
                return listen_abstract(argv[2]);
        if (argc < 4 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
                return 2;
        for (step = 1; step < MAX_STEPS && run_until(argv + 3, step);
             step += 1 + (int)((time(NULL) - start) / UNHURRIED_S)) {
                if (!all_end((uid_t)strtoul(argv[1], NULL, 10))) {
                        printf("step %d: a process of the zone lives on\n", step);
                        return 1;
                }
                if (jail_clean(argv[2], &err) < 0 || cgroups_left(argv[2])) {
                        printf("step %d: cgroups are left: %s\n", step, err.text);
                        return 1;
                }
        }
        printf("%d steps\n", step - 1);
        return 0;
}
