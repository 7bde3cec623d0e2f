/* Volumes: what a disk name means, and opening, making and destroying what it means; see volume.h. */
#include "volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "volume/internal.h"

#define VOLUME_NAME_MAX 255 /* as ZFS has it */
#define SECTOR          512

void volume_clear(struct volume *v)
{
        free(v->name);
        free(v->path);
        free(v->pool);
        free(v->base);
        *v = (struct volume){0};
}

const char *volume_name(const char *name)
{
        static const char *const prefixes[] = {"/dev/zvol/rdsk/", "/dev/zvol/dsk/"};

        if (name[0] != '/')
                return strchr(name, '/') ? name : NULL;
        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
                if (str_starts(name, prefixes[i]))
                        return name + strlen(prefixes[i]);
        return NULL;
}

/* POOL/NAME, NAME of one part or more. */
static int check_name(const char *name, struct error *err)
{
        const char *p = name;
        int parts = 0;

        if (strlen(name) > VOLUME_NAME_MAX)
                return error_set(err, EINVAL, "%.80s...: the name of the volume is too long", name);
        for (;; p++) {
                size_t n = strcspn(p, "/");

                if (!pool_part_valid(p, n))
                        return error_set(err, EINVAL,
                                         "%s: not a volume: \"%.*s\" cannot be a part of its name", name,
                                         (int)n, p);
                parts++;
                p += n;
                if (!*p)
                        break;
        }
        if (parts < 2)
                return error_set(err, EINVAL, "%s: not a volume: it is named POOL/NAME", name);
        return 0;
}

static int resolve_in_pool(const struct root *root, const char *name, struct volume *v, struct error *err)
{
        _cleanup_(pool_clear) struct pool pool = {0};
        const char *slash;
        int r = check_name(name, err);

        if (r < 0)
                return r;
        slash = strchr(name, '/');
        v->name = strdup(name);
        v->pool = strndup(name, (size_t)(slash - name));
        if (!v->name || !v->pool)
                return error_nomem(err);
        r = pool_find(root, v->pool, &pool, err);
        if (r < 0) {
                error_prefix(err, "%s", name);
                return r;
        }
        v->kind = pool.kind;
        if (pool.kind == VOLUME_ZFS) {
                v->base = TAKE_PTR(pool.base);
                r = asprintf(&v->path, "%s/dev/zvol/%s/%s", root->path, v->base, slash + 1);
        } else {
                r = asprintf(&v->base, "%s%s", root->path, pool.base);
                if (r >= 0)
                        r = asprintf(&v->path, "%s/%s.raw", v->base, slash + 1);
                else
                        v->base = NULL;
        }
        if (r < 0) {
                v->path = NULL;
                return error_nomem(err);
        }
        return 0;
}

/* An absolute path without ".." and of sane length. */
static int check_path(const char *name, struct error *err)
{
        if (name[0] != '/')
                return error_set(err, EINVAL, "%.200s: neither a volume (POOL/NAME) nor an absolute path",
                                 name);
        if (strlen(name) >= PATH_MAX / 2)
                return error_set(err, ENAMETOOLONG, "%.80s...: path too long", name);
        if (!str_printable(name))
                return error_set(err, EINVAL, "the path of a disk holds a control character");
        for (const char *p = name; *p; p += *p == '/') {
                size_t n = strcspn(p, "/");

                if (n == 2 && memcmp(p, "..", 2) == 0)
                        return error_set(err, EINVAL, "%s: the path of a disk may not hold \"..\"", name);
                p += n;
        }
        return 0;
}

static int resolve_path(const struct root *root, const char *name, struct volume *v, struct error *err)
{
        struct stat st;
        int r = check_path(name, err);

        if (r < 0)
                return r;
        v->name = strdup(name);
        if (asprintf(&v->path, "%s%s", root->path, name) < 0)
                v->path = NULL;
        if (!v->name || !v->path)
                return error_nomem(err);
        if (stat(v->path, &st) == 0)
                v->kind = S_ISBLK(st.st_mode) ? VOLUME_BLOCK : VOLUME_FILE;
        else
                v->kind = str_starts(name, "/dev/") ? VOLUME_BLOCK : VOLUME_FILE;
        return 0;
}

int volume_resolve(const struct root *root, const char *name, struct volume *ret, struct error *err)
{
        _cleanup_(volume_clear) struct volume v = {0};
        const char *in_pool = volume_name(name);
        int r;

        r = in_pool ? resolve_in_pool(root, in_pool, &v, err) : resolve_path(root, name, &v, err);
        if (r < 0)
                return r;
        *ret = v;
        v = (struct volume){0};
        return 0;
}

int volume_resolve_below(const struct root *root, const char *path, size_t n_base, struct volume *ret,
                         struct error *err)
{
        struct volume v = {.kind = VOLUME_FILE};
        int r;

        /* The file itself was given, or it is a device, whose usual name is a link. */
        if (n_base == 0 || path[n_base] == '\0' || str_starts(path, "/dev/"))
                return volume_resolve(root, path, ret, err);
        r = check_path(path, err);
        if (r < 0)
                return r;
        v.name = strdup(path);
        if (asprintf(&v.base, "%s%.*s", root->path, (int)n_base, path) < 0)
                v.base = NULL;
        if (asprintf(&v.path, "%s%s", root->path, path) < 0)
                v.path = NULL;
        if (!v.name || !v.base || !v.path) {
                volume_clear(&v);
                return error_nomem(err);
        }
        *ret = v;
        return 0;
}

static int open_base(const struct volume *v)
{
        int fd = open(v->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/* The path of a file below the directory of its pool, or that which the zone was given. */
static const char *file_in_base(const struct volume *v)
{
        return v->path + strlen(v->base) + 1;
}

/*
 * A handle on what the name stands for, without opening it: opening some things has effects (a tape rewinds,
 * a watchdog starts, a fifo waits), so what it is must be known first.
 */
static int open_handle(const struct root *root, const struct volume *v)
{
        bool follow = v->kind == VOLUME_ZFS || str_starts(v->path + strlen(root->path), "/dev/");
        int fd;

        if (v->kind == VOLUME_DIR) {
                _cleanup_close_ int dir = open_base(v);

                return dir < 0 ? dir : fs_open_beneath(dir, file_in_base(v), O_PATH | O_NOFOLLOW, 0);
        }
        if (v->kind == VOLUME_FILE && v->base) {
                _cleanup_close_ int dir = open_base(v);

                return dir < 0 ? dir : fs_open_in_root(dir, file_in_base(v), O_PATH | O_NOFOLLOW, 0);
        }
        fd = open(v->path, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
        return fd < 0 ? -errno : fd;
}

static int find(const struct root *root, const struct volume *v, struct stat *ret_st, struct error *err)
{
        _cleanup_close_ int fd = open_handle(root, v);

        if (fd == -ELOOP)
                return error_set(err, ELOOP, "%s: is a symbolic link", v->name);
        if (fd == -ENOENT)
                return error_set(err, ENOENT, v->pool ? "%s: no such volume" : "%s: no such file or device",
                                 v->name);
        if (fd < 0)
                return error_errno(err, fd, "%s", v->name);
        if (fstat(fd, ret_st) < 0)
                return error_errno(err, errno, "%s", v->name);
        if (S_ISDIR(ret_st->st_mode))
                return error_set(err, EISDIR, "%s: is a directory", v->name);
        if (S_ISLNK(ret_st->st_mode))
                return error_set(err, ELOOP, "%s: is a symbolic link", v->name);
        if (S_ISBLK(ret_st->st_mode) || (S_ISREG(ret_st->st_mode) && v->kind != VOLUME_ZFS))
                return TAKE_FD(fd);
        return error_set(err, EINVAL, "%s: is neither a regular file nor a block device", v->name);
}

/* Opens the very thing that a handle stands for. */
static int open_from_handle(int handle, int flags)
{
        char path[32];
        int fd;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
        return fd < 0 ? -errno : fd;
}

int volume_open(const struct root *root, const struct volume *v, const char *zone, bool read_only,
                int *ret_fd, int *ret_lock_fd, struct error *err)
{
        _cleanup_close_ int handle = -1, fd = -1, lock = -1;
        int flags = read_only ? O_RDONLY : O_RDWR;
        struct stat st;
        int r;

        handle = find(root, v, &st, err);
        if (handle < 0)
                return handle;
        if (!read_only) {
                r = volume_lock(root, &st, zone, v->name, &lock, err);
                if (r < 0)
                        return r;
                /* Not a device that the host has mounted, or swaps to. */
                if (S_ISBLK(st.st_mode))
                        flags |= O_EXCL;
        }
        fd = open_from_handle(handle, flags);
        if (fd == -EBUSY)
                return error_set(err, EBUSY, "%s: in use by the host", v->name);
        if (fd < 0)
                return error_errno(err, fd, "%s", v->name);
        *ret_fd = TAKE_FD(fd);
        *ret_lock_fd = TAKE_FD(lock);
        return 0;
}

int volume_size(const struct root *root, const struct volume *v, uint64_t *ret_bytes, struct error *err)
{
        _cleanup_close_ int handle = -1, fd = -1;
        struct stat st;

        handle = find(root, v, &st, err);
        if (handle < 0)
                return handle;
        if (S_ISREG(st.st_mode)) {
                *ret_bytes = (uint64_t)st.st_size;
                return 0;
        }
        fd = open_from_handle(handle, O_RDONLY | O_NONBLOCK);
        if (fd < 0)
                return error_errno(err, fd, "%s", v->name);
        if (ioctl(fd, BLKGETSIZE64, ret_bytes) < 0)
                return error_errno(err, errno, "%s", v->name);
        return 0;
}

/* Cuts the last part off a path: "a/b" becomes "a", and "a" becomes "". */
static void cut_last_part(char *path)
{
        char *slash = strrchr(path, '/');

        *(slash ? slash : path) = '\0';
}

static int create_file(const struct volume *v, uint64_t bytes, struct error *err)
{
        /* The base already has the root in it. */
        _cleanup_close_ int dir = root_make_dir(&(const struct root){0}, v->base, 0700, err), fd = -1;
        char parent[VOLUME_NAME_MAX + 8];
        int r;

        if (dir < 0) {
                error_prefix(err, "%s", v->name);
                return dir;
        }
        snprintf(parent, sizeof(parent), "%s", file_in_base(v));
        cut_last_part(parent);
        r = fs_mkdir_in_root(dir, parent, 0700);
        if (r < 0)
                return error_errno(err, r, "%s: %s/%s", v->name, v->base, parent);
        fd = fs_open_beneath(dir, file_in_base(v), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (fd == -EEXIST)
                return error_set(err, EEXIST, "%s: volume exists", v->name);
        if (fd < 0)
                return error_errno(err, fd, "%s", v->name);
        if (ftruncate(fd, (off_t)bytes) == 0 && fsync(fd) == 0)
                return 0;
        r = error_errno(err, errno == EFBIG ? ENOSPC : errno, "%s", v->name);
        unlinkat(dir, file_in_base(v), 0);
        return r;
}

int volume_create(const struct root *root, const struct volume *v, uint64_t bytes, struct error *err)
{
        struct stat st;

        if (!v->pool)
                return error_set(err, EOPNOTSUPP, "%s: only a volume of a pool can be created", v->name);
        if (bytes == 0 || bytes > INT64_MAX - SECTOR)
                return error_set(err, EINVAL, "%s: a volume cannot have %llu bytes", v->name,
                                 (unsigned long long)bytes);
        bytes = (bytes + SECTOR - 1) / SECTOR * SECTOR;
        if (v->kind == VOLUME_DIR)
                return create_file(v, bytes, err);
        if (stat(v->path, &st) == 0)
                return error_set(err, EEXIST, "%s: volume exists", v->name);
        return zfs_create(root, v, bytes, err);
}

/* Removes the file, and the directories above it that it leaves empty. */
static int destroy_file(const struct volume *v, struct error *err)
{
        _cleanup_close_ int dir = open_base(v), at = -1;
        char parent[VOLUME_NAME_MAX + 8];

        if (dir < 0)
                return error_errno(err, dir, "%s: %s", v->name, v->base);
        snprintf(parent, sizeof(parent), "%s", file_in_base(v));
        cut_last_part(parent);
        at = fs_open_beneath(dir, parent[0] ? parent : ".", O_RDONLY | O_DIRECTORY, 0);
        if (at < 0)
                return error_errno(err, at, "%s", v->name);
        if (unlinkat(at, strrchr(v->path, '/') + 1, 0) < 0)
                return error_errno(err, errno, "%s", v->name);
        for (; parent[0] && unlinkat(dir, parent, AT_REMOVEDIR) == 0; cut_last_part(parent))
                ;
        return 0;
}

int volume_destroy(const struct root *root, const struct volume *v, struct error *err)
{
        _cleanup_close_ int handle = -1, lock = -1;
        struct stat st;
        int r;

        if (!v->pool)
                return error_set(err, EOPNOTSUPP, "%s: only a volume of a pool can be destroyed", v->name);
        handle = find(root, v, &st, err);
        if (handle == -ENOENT)
                return 0;
        if (handle < 0)
                return handle;
        r = volume_lock(root, &st, "-", v->name, &lock, err);
        if (r < 0)
                return r;
        return v->kind == VOLUME_ZFS ? zfs_destroy(root, v, err) : destroy_file(v, err);
}
