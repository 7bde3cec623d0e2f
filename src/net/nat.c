/*
 * nat0: a passt(1) process for each NIC.  passt is started outside the jail, gives up everything by itself
 * (user, capabilities, its own namespaces, seccomp) and is told nothing but one end of a socket pair.  It has
 * a control group of its own, which is what keeps it from the host's loopback.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "net/internal.h"

#define PASST_PATH "/usr/bin/passt"

/* The guest sees what QEMU's own user-mode network has always shown: 10.0.2.15/24 behind 10.0.2.2. */
#define NAT_ADDRESS "10.0.2.15"
#define NAT_PREFIX  "24"
#define NAT_GATEWAY "10.0.2.2"

#define PASST_FD      3             /* where passt finds its end */
#define SOCKET_BUFFER (1024 * 1024) /* bytes; the default of 208 KiB holds three full-size frames batches */

/* In the child, which is a copy of a process of one thread. */
static _Noreturn void run_passt(int fd, char *const argv[])
{
        char *const envp[] = {"PATH=/usr/bin:/bin", NULL};
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        setsid();
        for (int i = 0; i < 3; i++)
                if (dup2(null, i) < 0)
                        _exit(127);
        /* Onto itself, dup2() would leave it close-on-exec. */
        if (fd == PASST_FD ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, PASST_FD) < 0)
                _exit(127);
        execve(PASST_PATH, argv, envp);
        _exit(127);
}

/* Born in its control group: not for one moment is it without the guard, and being moved takes the kernel
 * long. */
static int spawn_passt(int fd, uid_t uid, int group, pid_t *ret_pid)
{
        char fd_text[16], runas[48];
        char *argv[] = {"passt",    "--foreground", "--quiet",   "--fd",        fd_text,
                        "--runas",  runas,          "--address", NAT_ADDRESS,   "--netmask",
                        NAT_PREFIX, "--gateway",    NAT_GATEWAY, "--no-map-gw", "--tcp-ports",
                        "none",     "--udp-ports",  "none",      NULL};
        struct clone_args args = {.flags = CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND,
                                  .exit_signal = SIGCHLD,
                                  .cgroup = (uint64_t)group};
        long pid;

        if (access(PASST_PATH, X_OK) < 0)
                return -errno;
        snprintf(fd_text, sizeof(fd_text), "%d", PASST_FD);
        snprintf(runas, sizeof(runas), "%u:%u", uid, uid);
        pid = syscall(SYS_clone3, &args, sizeof(args));
        if (pid == 0)
                run_passt(fd, argv);
        *ret_pid = (pid_t)pid;
        return pid < 0 ? -errno : 0;
}

int net_plug(const struct net_link *link, uid_t uid, int group, int *ret_fd, pid_t *ret_pid,
             struct error *err)
{
        const int size = SOCKET_BUFFER;
        _cleanup_close_ int engine = -1, helper = -1;
        int pair[2], r;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                return error_errno(err, errno, "net %s: socketpair", link->name);
        engine = pair[0];
        helper = pair[1];
        /* Larger buffers than the default where the host's limit allows; smaller ones work too. */
        for (int i = 0; i < 2; i++)
                if (setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
                        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        r = guard_loopback(group);
        if (r < 0)
                return error_errno(err, r, "net %s: keeping the guest from the host's loopback (cgroup BPF)",
                                   link->name);
        r = spawn_passt(helper, uid, group, ret_pid);
        if (r == -ENOENT)
                return error_set(err, ENOENT,
                                 "net %s: " PASST_PATH " is not installed (package passt), which nat0 needs",
                                 link->name);
        if (r < 0)
                return error_errno(err, r, "net %s: " PASST_PATH, link->name);
        *ret_fd = TAKE_FD(engine);
        return 0;
}
