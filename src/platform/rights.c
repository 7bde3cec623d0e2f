/*
 * What the zone's processes may do: nothing.  One uid, no group, no capability in any set and none to be had
 * again, small resource limits.
 *
 * The user namespace is made last, after the mounts and after every other namespace, so those belong to the
 * host's user namespace and the zone has no right over any of them, not even by regaining capabilities in
 * its own.  It maps the zone's uid to itself and nothing else: there is no uid 0 inside.  What it buys is
 * that no further user namespace can be made (its max_user_namespaces is 0), and user namespaces are how an
 * unprivileged process gets at most of the kernel's privileged code.  A host that gives root no user
 * namespace gives the zone none either, so there the same wall stands without it.
 *
 * It is made as the zone's uid and not as root: limits such as locked memory are also counted for the maker
 * of a user namespace, and one zone must not use up the allowance of another.
 *
 * Plain system calls rather than libcap-ng: setting everything to zero takes none of its help, and the boot
 * path loads one library less.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

#define ENGINE_NOFILE  1024       /* the inherited ones, the rest for vCPUs, event and io contexts */
#define ENGINE_MEMLOCK (8u << 20) /* what small pinned buffers need; the usual default */

#define LOCKED_BITS                                                                                          \
        (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |     \
         SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

int rights_open_proc(struct rights_proc *ret, struct error *err)
{
        ret->self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (ret->self < 0)
                return error_errno(err, errno, "/proc/self");
        /* Absent in a kernel without user namespaces, and then not needed. */
        ret->sys_user = open("/proc/sys/user", O_PATH | O_DIRECTORY | O_CLOEXEC);
        return 0;
}

static int limit(int what, const char *name, rlim_t value, struct error *err)
{
        struct rlimit l = {value, value};

        if (setrlimit(what, &l) < 0)
                return error_errno(err, errno, "resource limit %s of %llu", name, (unsigned long long)value);
        return 0;
}

static void reset_signals(void)
{
        sigset_t none;

        for (int i = 1; i < NSIG; i++)
                signal(i, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

int rights_limits(const struct jail_limits *limits, struct error *err)
{
        int r;

        reset_signals();
        if (setsid() < 0 && errno != EPERM)
                return error_errno(err, errno, "setsid");
        /* Two zones never run on one core at the same time, where the kernel can promise it. */
        (void)prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, PR_SCHED_CORE_SCOPE_THREAD_GROUP, 0);
        r = limit(RLIMIT_CORE, "core", 0, err);
        if (r == 0)
                r = limit(RLIMIT_NOFILE, "nofile", ENGINE_NOFILE, err);
        if (r == 0)
                r = limit(RLIMIT_MEMLOCK, "memlock",
                          limits->locked_bytes ? limits->locked_bytes : ENGINE_MEMLOCK, err);
        if (r == 0)
                r = limit(RLIMIT_MSGQUEUE, "msgqueue", 0, err);
        if (r == 0)
                r = limit(RLIMIT_RTPRIO, "rtprio", 0, err);
        /* The uid is the zone's alone, so this is the pids limit once more, on its own legs. */
        if (r == 0 && limits->pids)
                r = limit(RLIMIT_NPROC, "nproc", limits->pids, err);
        return r;
}

static int set_capabilities(bool keep_permitted)
{
        struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct data[2];

        if (syscall(SYS_capget, &head, data) < 0)
                return -errno;
        for (int i = 0; i < 2; i++) {
                if (!keep_permitted)
                        data[i].permitted = 0;
                data[i].effective = data[i].permitted;
                data[i].inheritable = 0;
        }
        return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/* Becomes the uid while keeping, for the rest of the set-up, what root could do. */
static int change_ids(uid_t uid, struct error *err)
{
        int r;

        if (setgroups(0, NULL) < 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
            setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
                return error_errno(err, errno, "uid %u", uid);
        r = set_capabilities(true);
        return r < 0 ? error_errno(err, r, "capabilities") : 0;
}

static int write_at(int dir, const char *name, const char *text)
{
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

        return fd < 0 ? -errno : fs_write_all(fd, text, strlen(text));
}

static int enter_user_namespace(uid_t uid, const struct rights_proc *proc, struct error *err)
{
        char map[48];
        int r;

        if (unshare(CLONE_NEWUSER) < 0) {
                if (errno == ENOSPC || errno == EPERM || errno == EINVAL || errno == ENOSYS)
                        return 0;
                return error_errno(err, errno, "user namespace");
        }
        /* Changing the uid made the process undumpable, and its own files in /proc root's with that. */
        if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
                return error_errno(err, errno, "dumpable");
        snprintf(map, sizeof(map), "%u %u 1", uid, uid);
        r = write_at(proc->self, "setgroups", "deny");
        if (r == 0)
                r = write_at(proc->self, "uid_map", map);
        if (r == 0)
                r = write_at(proc->self, "gid_map", map);
        if (r < 0)
                return error_errno(err, r, "ids of the user namespace");
        r = write_at(proc->sys_user, "max_user_namespaces", "0");
        return r < 0 ? error_errno(err, r, "max_user_namespaces") : 0;
}

static int drop_capabilities(struct error *err)
{
        int r;

        for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
                if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
                        return error_errno(err, errno, "bounding set");
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
            prctl(PR_SET_SECUREBITS, LOCKED_BITS, 0, 0, 0) < 0)
                return error_errno(err, errno, "securebits");
        r = set_capabilities(false);
        if (r < 0)
                return error_errno(err, r, "capabilities");
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return error_errno(err, errno, "no_new_privs");
        return 0;
}

int rights_drop(uid_t uid, const struct rights_proc *proc, struct error *err)
{
        int r = change_ids(uid, err);

        if (r == 0)
                r = enter_user_namespace(uid, proc, err);
        if (r == 0)
                r = drop_capabilities(err);
        umask(077);
        return r;
}
