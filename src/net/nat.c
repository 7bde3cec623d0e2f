/*
 * nat0: a passt(1) process for each NIC.  passt is started outside the jail, gives up everything by itself
 * (user, capabilities, its own namespaces, seccomp) and is told nothing but one end of a socket pair.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "net/net.h"

#define PASST_PATH "/usr/bin/passt"

/* The guest sees what QEMU's own user-mode network has always shown: 10.0.2.15/24 behind 10.0.2.2. */
#define NAT_ADDRESS "10.0.2.15"
#define NAT_PREFIX  "24"
#define NAT_GATEWAY "10.0.2.2"

#define PASST_FD      3             /* where passt finds its end */
#define SOCKET_BUFFER (1024 * 1024) /* bytes; the default of 208 KiB holds three full-size frames batches */

static int spawn_passt(int fd, uid_t uid, pid_t *ret_pid)
{
        char fd_text[16], runas[48];
        char *argv[] = {"passt",    "--foreground", "--quiet",   "--fd",        fd_text,
                        "--runas",  runas,          "--address", NAT_ADDRESS,   "--netmask",
                        NAT_PREFIX, "--gateway",    NAT_GATEWAY, "--no-map-gw", "--tcp-ports",
                        "none",     "--udp-ports",  "none",      NULL};
        char *envp[] = {"PATH=/usr/bin:/bin", NULL};
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attr;
        sigset_t none, all;
        int r;

        snprintf(fd_text, sizeof(fd_text), "%d", PASST_FD);
        snprintf(runas, sizeof(runas), "%u:%u", uid, uid);
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
        posix_spawn_file_actions_adddup2(&actions, 0, 1);
        posix_spawn_file_actions_adddup2(&actions, 0, 2);
        posix_spawn_file_actions_adddup2(&actions, fd, PASST_FD);
        posix_spawnattr_init(&attr);
        posix_spawnattr_setsigmask(&attr, &none);
        posix_spawnattr_setsigdefault(&attr, &all);
        posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
        r = posix_spawn(ret_pid, PASST_PATH, &actions, &attr, argv, envp);
        posix_spawnattr_destroy(&attr);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

int net_plug(const struct net_link *link, uid_t uid, int *ret_fd, pid_t *ret_pid, struct error *err)
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
        r = spawn_passt(helper, uid, ret_pid);
        if (r == -ENOENT)
                return error_set(err, ENOENT,
                                 "net %s: " PASST_PATH " is not installed (package passt), which nat0 needs",
                                 link->name);
        if (r < 0)
                return error_errno(err, r, "net %s: " PASST_PATH, link->name);
        *ret_fd = TAKE_FD(engine);
        return 0;
}
