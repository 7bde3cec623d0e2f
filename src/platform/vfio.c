/*
 * Devices of the host in a zone that waits to be started.  What VFIO needs is known only once the arguments
 * are, after the zone's root was finished: a small file system is made out here, complete, and attached at
 * /dev/vfio by a child that steps into the zone's mount namespace for it.
 *
 * It holds the nodes of VFIO itself and of each device's IOMMU group, and for each device a directory with
 * the one thing that the engine reads of sysfs, the link that tells the group's number.  So no part of the
 * host's sysfs is in the zone.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/size.h"

#define HOST_DIR "/dev/vfio"

static int tmpfs(off_t bytes, struct error *err)
{
        _cleanup_close_ int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
        char size[32];
        int fd;

        snprintf(size, sizeof(size), "%lld", (long long)bytes);
        if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "size", size, 0) < 0 ||
            fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", "1024", 0) < 0 ||
            fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
            fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return error_errno(err, errno, "tmpfs for " JAIL_VFIO_DIR);
        fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
        return fd < 0 ? error_errno(err, errno, "tmpfs for " JAIL_VFIO_DIR) : fd;
}

/* A node of the same number as the host's, for the zone's uid alone. */
static int add_node(int dir, const char *name, uid_t uid, struct error *err)
{
        char path[sizeof(HOST_DIR) + 16];
        struct stat st;

        snprintf(path, sizeof(path), HOST_DIR "/%s", name);
        if (stat(path, &st) < 0)
                return error_errno(err, errno, "%s (modprobe vfio-pci)", path);
        if (!S_ISCHR(st.st_mode))
                return error_set(err, ENODEV, "%s: not a device", path);
        if (mknodat(dir, name, S_IFCHR | 0600, st.st_rdev) < 0) {
                /* Two devices of one group. */
                if (errno == EEXIST)
                        return 0;
                return error_errno(err, errno, "%s in the zone", path);
        }
        if (fchownat(dir, name, uid, uid, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, errno, "%s in the zone", path);
        return 0;
}

static int copy_rom(int dir, int rom, uid_t uid, struct error *err)
{
        _cleanup_close_ int to = openat(dir, JAIL_VFIO_ROM, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
        off_t at = 0;
        ssize_t n;

        if (to < 0 || fchown(to, uid, uid) < 0)
                return error_errno(err, errno, "copy of the ROM");
        do
                n = sendfile(to, rom, &at, JAIL_VFIO_ROM_MAX);
        while (n > 0);
        return n < 0 ? error_errno(err, errno, "copy of the ROM") : 0;
}

static int add_device(int dir, const struct jail_vfio *dev, uid_t uid, struct error *err)
{
        _cleanup_close_ int own = -1;
        char group[16], target[32];
        int r;

        snprintf(group, sizeof(group), "%u", dev->group);
        snprintf(target, sizeof(target), "../%s", group);
        if (strchr(dev->address, '/') || dev->address[0] == '.')
                return error_set(err, EINVAL, "%s: not a PCI address", dev->address);
        if (mkdirat(dir, dev->address, 0755) < 0)
                return error_errno(err, errno, "%s in the zone", dev->address);
        own = openat(dir, dev->address, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (own < 0 || symlinkat(target, own, "iommu_group") < 0)
                return error_errno(err, errno, "%s in the zone", dev->address);
        r = add_node(dir, group, uid, err);
        return r < 0 || dev->rom_fd < 0 ? r : copy_rom(own, dev->rom_fd, uid, err);
}

/* The room that copies of the ROMs take, and some for the rest. */
static int room(const struct jail_vfio *dev, size_t n, off_t *ret, struct error *err)
{
        *ret = 64 * 1024;
        for (size_t i = 0; i < n; i++) {
                struct stat st;

                if (dev[i].rom_fd < 0)
                        continue;
                if (fstat(dev[i].rom_fd, &st) < 0)
                        return error_errno(err, errno, "ROM");
                if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > JAIL_VFIO_ROM_MAX)
                        return error_set(err, EFBIG, "%s: a ROM is a file of 1 byte to %d MiB",
                                         dev[i].address, JAIL_VFIO_ROM_MAX >> 20);
                *ret += st.st_size + 4096;
        }
        return 0;
}

/* In the child, which never comes back: the exit status is the errno. */
static int attach(int namespace, int mount_fd)
{
        struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY},
                          read_only = {.attr_set = MOUNT_ATTR_RDONLY};
        int r = 0;

        if (setns(namespace, CLONE_NEWNS) < 0 ||
            mount_setattr(AT_FDCWD, "/dev", 0, &writable, sizeof(writable)) < 0)
                return errno;
        if ((mkdir(JAIL_VFIO_DIR, 0755) < 0 && errno != EEXIST) ||
            move_mount(mount_fd, "", AT_FDCWD, JAIL_VFIO_DIR, MOVE_MOUNT_F_EMPTY_PATH) < 0)
                r = errno;
        if (mount_setattr(AT_FDCWD, "/dev", 0, &read_only, sizeof(read_only)) < 0 && r == 0)
                r = errno;
        return r;
}

static int attach_in_zone(const struct jail *jail, int mount_fd, struct error *err)
{
        struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
        _cleanup_close_ int namespace = -1;
        char path[48];
        int status;
        pid_t pid;

        if (mount_setattr(mount_fd, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)) < 0)
                return error_errno(err, errno, JAIL_VFIO_DIR " in the zone");
        snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)jail->pid);
        namespace = open(path, O_RDONLY | O_CLOEXEC);
        if (namespace < 0)
                return error_errno(err, errno, "%s", path);
        pid = fork();
        if (pid < 0)
                return error_errno(err, errno, "fork");
        if (pid == 0)
                _exit(attach(namespace, mount_fd));
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, errno, JAIL_VFIO_DIR " in the zone");
        if (!WIFEXITED(status))
                return error_set(err, EIO, JAIL_VFIO_DIR " in the zone: signal %d", WTERMSIG(status));
        return WEXITSTATUS(status) ? error_errno(err, WEXITSTATUS(status), JAIL_VFIO_DIR " in the zone") : 0;
}

int jail_vfio(const struct jail *jail, const struct jail_vfio *dev, size_t n, struct error *err)
{
        _cleanup_close_ int dir = -1;
        off_t bytes;
        int r = room(dev, n, &bytes, err);

        if (r < 0)
                return r;
        if (jail->control < 0)
                return error_set(err, EALREADY, "zone %s is not waiting to be started", jail->zone);
        dir = tmpfs(bytes, err);
        if (dir < 0)
                return dir;
        r = add_node(dir, "vfio", jail->uid, err);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = add_device(dir, &dev[i], jail->uid, err);
        return r < 0 ? r : attach_in_zone(jail, dir, err);
}

int jail_lock_memory(const struct jail *jail, uint64_t bytes, struct error *err)
{
        const struct rlimit limit = {bytes, bytes};
        char text[24] = "any size";

        if (prlimit(jail->pid, RLIMIT_MEMLOCK, &limit, NULL) == 0)
                return 0;
        if (bytes != RLIM_INFINITY)
                size_format(bytes, text, sizeof(text));
        return error_errno(err, errno, "memory of %s cannot be kept in place (resource limit memlock)", text);
}
