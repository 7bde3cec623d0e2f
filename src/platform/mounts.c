/*
 * The zone's root.  The parent copies every host mount that the zone gets into a detached tree
 * (open_tree(2)), so a path is looked at once, by the process that may see it; the child attaches the trees
 * with move_mount(2) at targets that are resolved inside the zone's root only.  Nothing in the result is both
 * writable and executable, nothing is setuid, and device nodes work below /dev alone.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

/* A tmpfs without a size would be half of the host's memory. */
#define TMPFS_SIZE      "1m"
#define TMPFS_INODES    "1024"
#define DEV_TMPFS_SIZE  "64k"
#define DEV_TMPFS_NODES "256"

static int set_attr(int mount_fd, uint64_t set)
{
        struct mount_attr attr = {.attr_set = set, .propagation = MS_PRIVATE};

        if (mount_setattr(mount_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
                return -errno;
        return 0;
}

static int attach(int mount_fd, int target)
{
        if (move_mount(mount_fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
                return -errno;
        return 0;
}

static int prepare_bind(const struct jail_mount *m, int *ret_fd, bool *ret_is_dir, struct error *err)
{
        _cleanup_close_ int fd =
            open_tree(AT_FDCWD, m->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT);
        struct stat st;
        int r;

        if (fd < 0 && errno == ENOENT && m->optional)
                return 0;
        if (fd < 0)
                return error_errno(err, errno, "%s: cannot be mounted in the zone", m->source);
        if (fstat(fd, &st) < 0)
                return error_errno(err, errno, "%s", m->source);
        r = set_attr(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                             (m->read_only ? MOUNT_ATTR_RDONLY : MOUNT_ATTR_NOEXEC));
        if (r < 0)
                return error_errno(err, r, "%s: mount attributes", m->source);
        *ret_is_dir = S_ISDIR(st.st_mode);
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static int prepare_devices(const struct jail_spec *spec, struct mount_plan *plan, struct error *err)
{
        for (size_t i = 0; i < spec->n_device; i++) {
                const struct jail_device *d = &spec->device[i];
                struct stat *st = &plan->device[i];

                if (stat(d->path, st) < 0) {
                        int code = errno;

                        *st = (struct stat){0};
                        if (d->optional && code == ENOENT)
                                continue;
                        return error_errno(err, code, "%s", d->path);
                }
                if (!S_ISCHR(st->st_mode) && !S_ISBLK(st->st_mode))
                        return error_set(err, ENODEV, "%s: not a device", d->path);
        }
        return 0;
}

int mounts_prepare(const struct jail_spec *spec, struct mount_plan *ret, struct error *err)
{
        int r;

        memset(ret, 0, sizeof(*ret));
        ret->root = -1;
        for (size_t i = 0; i < JAIL_MAX_MOUNTS; i++)
                ret->source[i] = -1;
        if (spec->n_mount > JAIL_MAX_MOUNTS || spec->n_device > JAIL_MAX_DEVICES)
                return error_set(err, E2BIG, "more than %d mounts or %d devices", JAIL_MAX_MOUNTS,
                                 JAIL_MAX_DEVICES);
        ret->root = open_tree(spec->root_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
        if (ret->root < 0)
                return error_errno(err, errno, "root of the zone");
        r = set_attr(ret->root, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        if (r < 0)
                r = error_errno(err, r, "root of the zone: mount attributes");
        for (size_t i = 0; r == 0 && i < spec->n_mount; i++)
                if (spec->mount[i].kind == JAIL_MOUNT_BIND)
                        r = prepare_bind(&spec->mount[i], &ret->source[i], &ret->source_is_dir[i], err);
        if (r == 0)
                r = prepare_devices(spec, ret, err);
        if (r < 0)
                mounts_release(ret);
        return r;
}

void mounts_release(struct mount_plan *plan)
{
        cleanup_close(&plan->root);
        for (size_t i = 0; i < JAIL_MAX_MOUNTS; i++)
                cleanup_close(&plan->source[i]);
}

/* Splits path into its directory, made if absent and opened, and its last part. */
static int open_parent(int root, const char *path, char dir[PATH_MAX], const char **ret_name)
{
        const char *slash = strrchr(path, '/');
        size_t n = slash ? (size_t)(slash - path) : 0;
        int fd, r;

        *ret_name = slash ? slash + 1 : path;
        if (n >= PATH_MAX || **ret_name == '\0' || strcmp(*ret_name, ".") == 0 ||
            strcmp(*ret_name, "..") == 0)
                return -EINVAL;
        snprintf(dir, PATH_MAX, "%.*s", (int)(n ? n : 1), n ? path : "/");
        fd = fs_open_in_root(root, dir, O_RDONLY | O_DIRECTORY, 0);
        if (fd != -ENOENT)
                return fd;
        r = fs_mkdir_in_root(root, dir, 0755);
        if (r < 0)
                return r;
        return fs_open_in_root(root, dir, O_RDONLY | O_DIRECTORY, 0);
}

/* The place a mount goes to: a directory, or for a single file a file. */
static int open_target(int root, const char *path, bool is_dir)
{
        int flags = O_PATH | (is_dir ? O_DIRECTORY : 0);
        int fd = fs_open_in_root(root, path, flags, 0);
        char dir[PATH_MAX];
        const char *name;

        if (fd != -ENOENT)
                return fd;
        _cleanup_close_ int parent = open_parent(root, path, dir, &name);
        if (parent < 0)
                return parent;
        if (is_dir) {
                if (mkdirat(parent, name, 0755) < 0)
                        return -errno;
        } else {
                _cleanup_close_ int made =
                    openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

                if (made < 0)
                        return -errno;
        }
        return fs_open_in_root(root, path, flags, 0);
}

static int configure(int fs, const char *key, const char *value)
{
        return fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) < 0 ? -errno : 0;
}

/* "size=50m,mode=0755": only the words that tmpfs has and that cannot widen anything. */
static int configure_options(int fs, const char *options, struct error *err)
{
        char buf[128], *rest = buf, *word;

        if (strlen(options) >= sizeof(buf))
                return error_set(err, EINVAL, "tmpfs options too long: %s", options);
        memcpy(buf, options, strlen(options) + 1);
        while ((word = strsep(&rest, ","))) {
                char *value = strchr(word, '=');
                int r;

                if (*word == '\0')
                        continue;
                if (value)
                        *value++ = '\0';
                if (!value || (strcmp(word, "size") != 0 && strcmp(word, "mode") != 0 &&
                               strcmp(word, "nr_inodes") != 0))
                        return error_set(err, EINVAL, "tmpfs option not supported: %s", word);
                r = configure(fs, word, value);
                if (r < 0)
                        return error_errno(err, r, "tmpfs option %s=%s", word, value);
        }
        return 0;
}

static int make_tmpfs(const struct jail_mount *m, uid_t uid, struct error *err)
{
        _cleanup_close_ int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
        unsigned attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
        bool dev = m->kind == JAIL_MOUNT_DEV;
        char id[16];
        int fd, r;

        if (fs < 0)
                return error_errno(err, errno, "tmpfs");
        r = configure(fs, "size", dev ? DEV_TMPFS_SIZE : TMPFS_SIZE);
        if (r == 0)
                r = configure(fs, "nr_inodes", dev ? DEV_TMPFS_NODES : TMPFS_INODES);
        if (r == 0)
                r = configure(fs, "mode", "0755");
        if (r == 0 && m->zone_owned && !dev) {
                snprintf(id, sizeof(id), "%u", uid);
                r = configure(fs, "uid", id);
                if (r == 0)
                        r = configure(fs, "gid", id);
        }
        if (r < 0)
                return error_errno(err, r, "tmpfs");
        if (m->options && !dev) {
                r = configure_options(fs, m->options, err);
                if (r < 0)
                        return r;
        }
        if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return error_errno(err, errno, "tmpfs");
        fd = fsmount(fs, FSMOUNT_CLOEXEC, attr | (dev ? 0 : MOUNT_ATTR_NODEV));
        return fd < 0 ? error_errno(err, errno, "tmpfs") : fd;
}

static int make_proc(struct error *err)
{
        _cleanup_close_ int fs = fsopen("proc", FSOPEN_CLOEXEC);
        int fd;

        /* Only the processes of the zone, and nothing of the kernel's own files (sys, sysrq-trigger, keys).
         */
        if (fs < 0 || configure(fs, "subset", "pid") < 0 || configure(fs, "hidepid", "invisible") < 0 ||
            fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return error_errno(err, errno, "proc");
        fd = fsmount(fs, FSMOUNT_CLOEXEC,
                     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY);
        return fd < 0 ? error_errno(err, errno, "proc") : fd;
}

static int make_mount(const struct jail_spec *spec, const struct mount_plan *plan, size_t i, int *ret_dev,
                      struct error *err)
{
        const struct jail_mount *m = &spec->mount[i];
        _cleanup_close_ int made = -1, target = -1;
        int fd, r;

        if (m->kind == JAIL_MOUNT_BIND) {
                if (plan->source[i] < 0)
                        return 0;
                fd = plan->source[i];
        } else {
                made = m->kind == JAIL_MOUNT_PROC ? make_proc(err) : make_tmpfs(m, spec->uid, err);
                if (made < 0)
                        return made;
                fd = made;
        }
        target = open_target(plan->root, m->target, m->kind != JAIL_MOUNT_BIND || plan->source_is_dir[i]);
        if (target < 0)
                return error_errno(err, target, "mount point %s in the zone", m->target);
        r = attach(fd, target);
        if (r < 0)
                return error_errno(err, r, "mount on %s in the zone", m->target);
        if (m->kind == JAIL_MOUNT_DEV && *ret_dev < 0)
                *ret_dev = TAKE_FD(made);
        return 0;
}

static int make_device(int dev, const struct jail_device *d, const struct stat *host, uid_t uid,
                       struct error *err)
{
        mode_t mode = (host->st_mode & S_IFMT) | (d->zone_owned ? 0600 : 0666);
        uid_t owner = d->zone_owned ? uid : 0;
        char dir[PATH_MAX];
        const char *name;
        _cleanup_close_ int parent = open_parent(dev, d->name, dir, &name);

        if (parent < 0)
                return error_errno(err, parent, "/dev/%s in the zone", d->name);
        /* A node of its own, rather than the host's node bound, so that owner and mode are the zone's. */
        if (mknodat(parent, name, mode, host->st_rdev) < 0 ||
            fchownat(parent, name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0 ||
            fchmodat(parent, name, mode & 0777, 0) < 0)
                return error_errno(err, errno, "/dev/%s in the zone", d->name);
        return 0;
}

static int make_devices(const struct jail_spec *spec, const struct mount_plan *plan, int dev,
                        struct error *err)
{
        if (dev < 0 && spec->n_device > 0)
                return error_set(err, EINVAL, "devices without a /dev");
        for (size_t i = 0; i < spec->n_device; i++) {
                int r;

                if (plan->device[i].st_mode == 0)
                        continue;
                r = make_device(dev, &spec->device[i], &plan->device[i], spec->uid, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The root persists, so the link of the last boot may be there; anything but a link is left alone. */
static int make_link(int root, const struct jail_link *l, struct error *err)
{
        char dir[PATH_MAX], old[PATH_MAX];
        const char *name;
        _cleanup_close_ int parent = open_parent(root, l->target, dir, &name);
        ssize_t n;

        if (parent < 0)
                return error_errno(err, parent, "link %s in the zone", l->target);
        if (symlinkat(l->source, parent, name) == 0)
                return 0;
        if (errno != EEXIST)
                return error_errno(err, errno, "link %s in the zone", l->target);
        n = readlinkat(parent, name, old, sizeof(old) - 1);
        if (n < 0)
                return error_set(err, EEXIST, "link %s in the zone: something else is in its place",
                                 l->target);
        old[n] = '\0';
        if (strcmp(old, l->source) == 0)
                return 0;
        if (unlinkat(parent, name, 0) < 0 || symlinkat(l->source, parent, name) < 0)
                return error_errno(err, errno, "link %s in the zone", l->target);
        return 0;
}

/* Once everything is in place, so that mount points and links could still be made. */
static int make_read_only(const struct jail_spec *spec, const struct mount_plan *plan, int dev,
                          struct error *err)
{
        int r = 0;

        if (dev >= 0)
                r = set_attr(dev, MOUNT_ATTR_RDONLY);
        if (r == 0 && !spec->root_writable)
                r = set_attr(plan->root, MOUNT_ATTR_RDONLY);
        return r < 0 ? error_errno(err, r, "read-only mounts in the zone") : 0;
}

/* pivot_root(".", "."): the old root ends up on top of the new one, and is then taken off. */
static int pivot(const struct mount_plan *plan, struct error *err)
{
        if (fchdir(plan->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
            chdir("/") < 0)
                return error_errno(err, errno, "pivot_root");
        return 0;
}

int mounts_enter(const struct jail_spec *spec, const struct mount_plan *plan, struct error *err)
{
        _cleanup_close_ int dev = -1;
        int r;

        umask(022);
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return error_errno(err, errno, "private mounts");
        /* On top of / because that is the one directory which is sure to exist. */
        if (move_mount(plan->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
                return error_errno(err, errno, "root of the zone");
        for (size_t i = 0; i < spec->n_mount; i++) {
                r = make_mount(spec, plan, i, &dev, err);
                if (r < 0)
                        return r;
        }
        r = make_devices(spec, plan, dev, err);
        for (size_t i = 0; r == 0 && i < spec->n_link; i++)
                r = make_link(plan->root, &spec->link[i], err);
        if (r == 0)
                r = make_read_only(spec, plan, dev, err);
        return r < 0 ? r : pivot(plan, err);
}
