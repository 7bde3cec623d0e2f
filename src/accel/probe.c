/*
 * Watches the guest of guest.c: in a child, because a guest that hangs hangs its caller, and under a
 * deadline. A child that is stuck in the kernel and does not even die is left to itself.
 */
#include "accel/accel.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accel/internal.h"
#include "base/cleanup.h"

#define BURY_MS 100 /* how long a killed child may take to go */

static _Noreturn void child(struct probe_report *report)
{
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        accel_run_guest(report);
        _exit(0);
}

/* Waits for the child, and ends it when the time is up. */
static void watch(pid_t pid, int pidfd)
{
        struct pollfd p = {.fd = pidfd, .events = POLLIN};
        int n;

        do
                n = poll(&p, 1, ACCEL_DEADLINE_MS);
        while (n < 0 && errno == EINTR);
        if (n <= 0) {
                kill(pid, SIGKILL);
                n = poll(&p, 1, BURY_MS);
        }
        if (n > 0)
                (void)waitpid(pid, NULL, 0);
}

static void conclude(const struct probe_report *report, struct accel *ret)
{
        ret->kvm = report->finished && report->ok;
        ret->late = !report->finished;
        if (ret->kvm)
                ret->why[0] = '\0';
        else if (report->finished)
                snprintf(ret->why, sizeof(ret->why), "%s", report->why);
        else
                snprintf(ret->why, sizeof(ret->why),
                         "/dev/kvm: a 64-bit guest did not finish in %d ms (stopped %s)", ACCEL_DEADLINE_MS,
                         accel_next_step(report->step));
}

int accel_probe(struct accel *ret, struct error *err)
{
        _cleanup_close_ int pidfd = -1;
        struct probe_report *report =
            mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        pid_t pid;

        if (report == MAP_FAILED)
                return error_errno(err, errno, "acceleration probe");
        pid = fork();
        if (pid == 0)
                child(report);
        if (pid < 0) {
                int code = errno;

                munmap(report, sizeof(*report));
                return error_errno(err, code, "acceleration probe");
        }
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        watch(pid, pidfd);
        conclude(report, ret);
        munmap(report, sizeof(*report));
        return 0;
}
