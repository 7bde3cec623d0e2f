/*
 * What this host can give a jail, for zoneadm doctor.  Everything is tried or read, nothing is concluded from
 * a version number.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

struct list {
        struct jail_finding *at;
        size_t n, max;
};

static __attribute__((format(printf, 4, 5))) void add(struct list *l, const char *what, bool available,
                                                      const char *fmt, ...)
{
        struct jail_finding *f;
        va_list ap;

        if (l->n >= l->max)
                return;
        f = &l->at[l->n++];
        f->what = what;
        f->available = available;
        va_start(ap, fmt);
        vsnprintf(f->detail, sizeof(f->detail), fmt, ap);
        va_end(ap);
}

/* Runs f in a child of its own, because what it tries cannot be undone; 0 or the errno it ended with. */
static int try_in_child(int (*f)(void))
{
        pid_t pid = fork();
        int status;

        if (pid < 0)
                return errno;
        if (pid == 0)
                _exit(f());
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return errno;
        return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int try_namespaces(void)
{
        return unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                       CLONE_NEWCGROUP) < 0
                   ? errno
                   : 0;
}

static int try_user_namespace(void)
{
        return unshare(CLONE_NEWUSER) < 0 ? errno : 0;
}

static int try_core_scheduling(void)
{
        return prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, PR_SCHED_CORE_SCOPE_THREAD_GROUP, 0) < 0 ? errno
                                                                                                      : 0;
}

static int try_mounts(void)
{
        struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
        int fd = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

        return fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ? errno : 0;
}

static int try_seccomp(void)
{
        uint32_t action = SECCOMP_RET_ERRNO;

        return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? errno : 0;
}

static void add_tried(struct list *l, const char *what, int (*f)(void), const char *good, const char *bad)
{
        int code = try_in_child(f);

        if (code == 0)
                add(l, what, true, "%s", good);
        else
                add(l, what, false, "%s: %s", bad, strerror(code));
}

static void add_landlock(struct list *l)
{
        int abi = landlock_abi();

        if (abi)
                add(l, "landlock", true, "ABI %d%s", abi,
                    abi >= 6   ? ": files, TCP, abstract sockets, signals"
                    : abi >= 4 ? ": files, TCP"
                               : ": files");
        else
                add(l, "landlock", false, "the kernel has none, or lsm= leaves it out");
}

static void add_controller(struct list *l, const struct cgroup_host *host, enum controller c)
{
        static const char *const names[CG_CONTROLLERS] = {
            [CG_MEMORY] = "cgroup memory", [CG_PIDS] = "cgroup pids", [CG_CPU] = "cgroup cpu",
            [CG_CPUSET] = "cgroup cpuset", [CG_IO] = "cgroup io",
        };

        if (host->v2_controllers & 1u << c)
                add(l, names[c], true, "v2 at %.100s", host->v2);
        else if (host->v1[c][0])
                add(l, names[c], true, "v1 at %.100s", host->v1[c]);
        else
                add(l, names[c], false, "no hierarchy holds the controller %s", controller_name(c));
}

static void add_swap(struct list *l, const struct cgroup_host *host)
{
        char path[sizeof(host->v1[0]) + 40];

        if (host->v2_controllers & 1u << CG_MEMORY) {
                bool swap = access("/proc/swaps", F_OK) == 0;

                add(l, "cgroup swap", swap, swap ? "v2 at %.100s" : "the kernel has no swap (%.100s)",
                    host->v2);
                return;
        }
        snprintf(path, sizeof(path), "%s/memory.memsw.limit_in_bytes", host->v1[CG_MEMORY]);
        if (host->v1[CG_MEMORY][0] && access(path, F_OK) == 0)
                add(l, "cgroup swap", true, "v1 at %.100s", host->v1[CG_MEMORY]);
        else
                add(l, "cgroup swap", false,
                    "swap is not accounted (swapaccount=1 on the kernel's command line)");
}

static void add_kill(struct list *l, const struct cgroup_host *host)
{
        if (host->v2[0])
                add(l, "cgroup kill", true, "v2 at %.100s", host->v2);
        else
                add(l, "cgroup kill", false, "no unified hierarchy; processes are ended one by one");
}

int jail_findings(struct jail_finding *ret, size_t max, size_t *ret_n)
{
        const struct cgroup_host *host = cgroup_host();
        struct list l = {.at = ret, .max = max};

        add_tried(&l, "namespaces", try_namespaces, "mount, pid, network, ipc, uts, cgroup",
                  "a zone cannot be made");
        add_tried(&l, "user namespace", try_user_namespace, "one uid mapped, no further one to be made",
                  "not given by this host, so to the zone neither");
        add_tried(&l, "mounts by descriptor", try_mounts, "open_tree, mount_setattr",
                  "a zone cannot be made");
        add_tried(&l, "seccomp", try_seccomp, "filters with errno", "the kernel has no filters");
        add_landlock(&l);
        add_tried(&l, "core scheduling", try_core_scheduling, "zones do not share a core's threads",
                  "not in this kernel, or no core has two threads");
        for (int c = 0; c < CG_CONTROLLERS; c++)
                add_controller(&l, host, c);
        add_swap(&l, host);
        add_kill(&l, host);
        *ret_n = l.n;
        return 0;
}
