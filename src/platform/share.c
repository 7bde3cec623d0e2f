/*
 * A directory of the host in the hands of the engine.  It is given as a descriptor, as everything else is: a
 * copy of its mount that is attached nowhere, so no other process sees it, nothing has to be unmounted, and
 * it is gone with the last holder of the descriptor.
 *
 * The copy is idmapped: what belongs to the directory's owner and group belongs, seen through it, to the
 * engine, and what the engine makes belongs to them.  Every other id is mapped to nobody, and the kernel
 * refuses to change a file whose owner or group is nobody's.  So the engine, whose own id is another one at
 * each boot, is the directory's owner in there and has no right of its own anywhere.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

/* Linux 5.14; not in older headers. */
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

static int write_map(pid_t pid, const char *file, unsigned inside, uid_t outside)
{
        char path[48], map[48];
        _cleanup_close_ int fd = -1;

        snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
        snprintf(map, sizeof(map), "%u %u 1", inside, outside);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fs_write_all(fd, map, strlen(map));
}

static int open_namespace(pid_t pid, const struct stat *owner, uid_t engine)
{
        char path[48];
        int fd, r = write_map(pid, "uid_map", owner->st_uid, engine);

        if (r == 0)
                r = write_map(pid, "gid_map", owner->st_gid, engine);
        if (r < 0)
                return r;
        snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/*
 * The two maps as a user namespace, which is the form that mount_setattr(2) wants them in.  A namespace is
 * made by a process that is in it; this one waits until it was looked at, or until we are gone.
 */
static int make_id_map(const struct stat *owner, uid_t engine)
{
        _cleanup_close_ int pidfd = -1;
        struct clone_args args = {
            .flags = CLONE_NEWUSER | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
            .pidfd = (uint64_t)(uintptr_t)&pidfd,
            .exit_signal = SIGCHLD,
        };
        siginfo_t info;
        int ends[2], r;
        long pid;
        char c;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        pid = syscall(SYS_clone3, &args, sizeof(args));
        if (pid == 0) {
                close(ends[1]);
                _exit(read(ends[0], &c, 1) < 0);
        }
        r = pid < 0 ? -errno : open_namespace((pid_t)pid, owner, engine);
        close(ends[0]);
        close(ends[1]);
        if (pid > 0)
                while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 && errno == EINTR)
                        ;
        return r;
}

static int set_walls(int mount, bool read_only)
{
        struct mount_attr attr = {
            .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW |
                        (read_only ? MOUNT_ATTR_RDONLY : 0),
            .propagation = MS_PRIVATE,
        };

        if (mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0)
                return 0;
        if (errno != EINVAL)
                return -errno;
        attr.attr_set &= ~(uint64_t)MOUNT_ATTR_NOSYMFOLLOW;
        return mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

int jail_share(int dir, uid_t uid, bool read_only, struct error *err)
{
        _cleanup_close_ int mount = -1, ids = -1;
        struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP};
        struct stat st;
        int r;

        if (fstat(dir, &st) < 0)
                return error_errno(err, errno, "shared directory");
        if (!S_ISDIR(st.st_mode))
                return error_set(err, ENOTDIR, "not a directory");
        mount = open_tree(dir, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
        if (mount < 0)
                return error_errno(err, errno, "the directory cannot be mounted");
        r = set_walls(mount, read_only);
        if (r < 0)
                return error_errno(err, r, "mount attributes");
        ids = make_id_map(&st, uid);
        if (ids == -ENOSPC || ids == -EPERM)
                return error_set(
                    err, EOPNOTSUPP,
                    "this host makes no user namespaces (sysctl user.max_user_namespaces), and a "
                    "shared directory needs one for the owners of its files");
        if (ids < 0)
                return error_errno(err, ids, "user namespace");
        attr.userns_fd = (uint64_t)ids;
        if (mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
                return error_set(
                    err, EOPNOTSUPP,
                    "its file system cannot show files under another owner (idmapped mount: %s), "
                    "and a shared directory needs that",
                    strerror(errno));
        return TAKE_FD(mount);
}
