/*
 * Landlock: the file system once more, from the side of the process instead of the side of the mounts.  What
 * a mount namespace leaves visible by mistake is still out of reach.  Each ABI of the kernel adds walls; we
 * ask for those it has.  The numbers are written out here because the C library's headers may be older than
 * the kernel.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH      1

#define FS_EXECUTE   (1ull << 0)
#define FS_WRITE     (1ull << 1)
#define FS_READ      (1ull << 2)
#define FS_READ_DIR  (1ull << 3)
#define FS_REFER     (1ull << 13) /* ABI 2 */
#define FS_TRUNCATE  (1ull << 14) /* ABI 3 */
#define FS_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define FS_ALL_ABI_1 ((1ull << 13) - 1)
#define FS_MAKE_NODE ((1ull << 6) | (1ull << 11)) /* character and block devices */
#define FS_MAKE_PIPE ((1ull << 9) | (1ull << 10)) /* sockets and fifos */

#define NET_BIND_CONNECT_TCP  3ull /* ABI 4 */
#define SCOPE_ABSTRACT_SIGNAL 3ull /* ABI 6: abstract unix sockets, signals */

/* What can be had on something that is not a directory. */
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE | FS_READ | FS_TRUNCATE | FS_IOCTL_DEV)

struct ruleset_attr {
        uint64_t fs, net, scoped;
};

struct path_beneath_attr {
        uint64_t allowed;
        int32_t parent_fd;
} __attribute__((packed));

int landlock_abi(void)
{
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

        return abi > 0 ? (int)abi : 0;
}

static int make_ruleset(int abi, struct ruleset_attr *ret)
{
        size_t size = sizeof(ret->fs);
        int fd;

        *ret = (struct ruleset_attr){.fs = FS_ALL_ABI_1};
        if (abi >= 2)
                ret->fs |= FS_REFER;
        if (abi >= 3)
                ret->fs |= FS_TRUNCATE;
        if (abi >= 4) {
                ret->net = NET_BIND_CONNECT_TCP;
                size += sizeof(ret->net);
        }
        if (abi >= 5)
                ret->fs |= FS_IOCTL_DEV;
        if (abi >= 6) {
                ret->scoped = SCOPE_ABSTRACT_SIGNAL;
                size += sizeof(ret->scoped);
        }
        fd = (int)syscall(SYS_landlock_create_ruleset, ret, size, 0);
        return fd < 0 ? -errno : fd;
}

static int add_fd(int ruleset, const struct ruleset_attr *attr, int fd, uint64_t allowed)
{
        struct path_beneath_attr rule = {.allowed = allowed & attr->fs, .parent_fd = fd};
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISDIR(st.st_mode))
                rule.allowed &= FS_OF_FILES;
        return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

static bool is_dev(const char *path)
{
        return strncmp(path, "/dev", 4) == 0 && (path[4] == '\0' || path[4] == '/');
}

static int add_paths(int ruleset, const struct ruleset_attr *attr, const char *const *paths, uint64_t allowed,
                     struct error *err)
{
        for (; paths && *paths; paths++) {
                _cleanup_close_ int fd = open(*paths, O_PATH | O_CLOEXEC);
                /* The nodes of /dev are there to be used; the directory is read-only by its mount. */
                uint64_t extra = is_dev(*paths) ? FS_WRITE | FS_IOCTL_DEV : 0;
                int r;

                if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                        continue;
                r = fd < 0 ? -errno : add_fd(ruleset, attr, fd, allowed | extra);
                if (r < 0)
                        return error_errno(err, r, "Landlock: %s", *paths);
        }
        return 0;
}

/*
 * Directories, files and links in a shared directory may be made and moved about in it.  Not what would be a
 * trap for whoever looks into it from the host: a program that opens a fifo waits, one that opens a device
 * does who knows what.
 */
static int add_shares(int ruleset, const struct ruleset_attr *attr, const struct landlock_paths *paths,
                      struct error *err)
{
        const uint64_t read = FS_READ | FS_READ_DIR;
        const uint64_t change = attr->fs & ~(FS_EXECUTE | FS_MAKE_NODE | FS_MAKE_PIPE | FS_IOCTL_DEV);

        for (size_t i = 0; i < paths->n_fds; i++) {
                const struct jail_fd *fd = &paths->fds[i];
                int r;

                if (fd->kind == JAIL_FD_OPEN)
                        continue;
                r = add_fd(ruleset, attr, fd->number, fd->kind == JAIL_FD_SHARE ? change : read);
                if (r < 0)
                        return error_errno(err, r, "Landlock: shared directory");
        }
        return 0;
}

static int add_rules(int ruleset, const struct ruleset_attr *attr, const struct landlock_paths *paths,
                     struct error *err)
{
        const uint64_t read = FS_READ | FS_READ_DIR;
        int r = add_paths(ruleset, attr, paths->readable, read, err);

        if (r == 0)
                r = add_paths(ruleset, attr, paths->executable, read | FS_EXECUTE, err);
        if (r == 0)
                r = add_paths(ruleset, attr, paths->writable,
                              attr->fs & ~(FS_EXECUTE | FS_MAKE_NODE | FS_REFER | FS_IOCTL_DEV), err);
        if (r == 0)
                r = add_shares(ruleset, attr, paths, err);
        if (r == 0 && paths->program_fd >= 0) {
                r = add_fd(ruleset, attr, paths->program_fd, FS_READ | FS_EXECUTE);
                if (r < 0)
                        r = error_errno(err, r, "Landlock: program");
        }
        return r;
}

int landlock_restrict(const struct landlock_paths *paths, struct error *err)
{
        struct ruleset_attr attr;
        int abi = landlock_abi();
        _cleanup_close_ int ruleset = abi ? make_ruleset(abi, &attr) : -EOPNOTSUPP;
        int r;

        if (!abi)
                return error_set(err, EOPNOTSUPP, "the kernel has no Landlock");
        if (ruleset < 0)
                return error_errno(err, ruleset, "Landlock");
        r = add_rules(ruleset, &attr, paths, err);
        if (r < 0)
                return r;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
                return error_errno(err, errno, "Landlock");
        return 0;
}

int jail_landlock(const char *const *readable, const char *const *executable, const char *const *writable,
                  const struct jail_fd *fds, size_t n_fds, struct error *err)
{
        const struct landlock_paths paths = {.readable = readable,
                                             .executable = executable,
                                             .writable = writable,
                                             .fds = fds,
                                             .n_fds = n_fds,
                                             .program_fd = -1};

        return landlock_restrict(&paths, err);
}
