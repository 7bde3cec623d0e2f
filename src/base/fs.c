/* Careful file access; see fs.h. */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

void cleanup_close(int *fd)
{
        int saved = errno;

        if (*fd >= 0)
                close(*fd);
        *fd = -1;
        errno = saved;
}

void cleanup_fclose(FILE **f)
{
        if (*f)
                fclose(*f);
        *f = NULL;
}

static int open_resolved(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
        struct open_how how = {
            .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
            .mode = (flags & (O_CREAT | __O_TMPFILE)) ? mode : 0,
            .resolve = resolve | RESOLVE_NO_MAGICLINKS,
        };
        long fd;

        /* -EAGAIN means that something was renamed during the walk: the kernel asks us to try again. */
        for (int i = 0; i < 64; i++) {
                fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
                if (fd >= 0)
                        return (int)fd;
                if (errno != EAGAIN && errno != EINTR)
                        break;
        }
        return -errno;
}

int fs_open_beneath(int dirfd, const char *path, int flags, mode_t mode)
{
        return open_resolved(dirfd, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

int fs_open_in_root(int dirfd, const char *path, int flags, mode_t mode)
{
        return open_resolved(dirfd, path, flags, mode, RESOLVE_IN_ROOT);
}

int fs_mkdir_in_root(int dirfd, const char *path, mode_t mode)
{
        _cleanup_close_ int at = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char part[NAME_MAX + 1];

        if (at < 0)
                return -errno;
        for (const char *p = path; *p;) {
                size_t n = strcspn(p, "/");
                int fd;

                if (n > NAME_MAX)
                        return -ENAMETOOLONG;
                if (n > 0) {
                        memcpy(part, p, n);
                        part[n] = '\0';
                        if (mkdirat(at, part, mode) < 0 && errno != EEXIST)
                                return -errno;
                        fd = fs_open_beneath(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
                        if (fd < 0)
                                return fd;
                        close(at);
                        at = fd;
                }
                p += n + (p[n] == '/');
        }
        return 0;
}

int fs_mkdir_p(const char *path, mode_t mode)
{
        char partial[PATH_MAX];
        size_t n = strlen(path);
        struct stat st;

        if (n == 0 || n >= sizeof(partial))
                return -ENAMETOOLONG;
        memcpy(partial, path, n + 1);
        for (char *p = partial + 1;; p++) {
                char c = *p;

                if (c != '/' && c != '\0')
                        continue;
                *p = '\0';
                if (mkdir(partial, mode) < 0 && errno != EEXIST)
                        return -errno;
                if (c == '\0')
                        break;
                *p = c;
        }
        /* EEXIST does not tell a directory from anything else. */
        if (stat(path, &st) < 0)
                return -errno;
        return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/* expected is what the size is likely to be: then one allocation and two reads are all there is. */
static int read_all(int fd, size_t max, size_t expected, char **ret_data, size_t *ret_len)
{
        _cleanup_free_ char *data = NULL;
        size_t len = 0, cap = 0;

        for (;;) {
                ssize_t n;

                if (len + 1 >= cap) {
                        char *grown;

                        cap = cap ? cap * 2 : expected + 2;
                        if (cap > max + 2)
                                cap = max + 2;
                        grown = realloc(data, cap);
                        if (!grown)
                                return -ENOMEM;
                        data = grown;
                }
                n = read(fd, data + len, cap - 1 - len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                len += (size_t)n;
                if (len > max)
                        return -EFBIG;
        }
        data[len] = '\0';
        *ret_data = TAKE_PTR(data);
        if (ret_len)
                *ret_len = len;
        return 0;
}

int fs_read_fd(int fd, size_t max, char **ret_data, size_t *ret_len)
{
        return read_all(fd, max, 4096, ret_data, ret_len);
}

int fs_read_at(int dirfd, const char *path, size_t max, char **ret_data, size_t *ret_len)
{
        /* O_NONBLOCK: a fifo in the place of the file must not hang us. */
        _cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat st;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        return read_all(fd, max, st.st_size > 0 ? (size_t)st.st_size : 4096, ret_data, ret_len);
}

int fs_write_all(int fd, const void *data, size_t len)
{
        const char *p = data;

        while (len > 0) {
                ssize_t n = write(fd, p, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                p += n;
                len -= (size_t)n;
        }
        return 0;
}

static int replace_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode, bool durable)
{
        static unsigned serial;
        char temp[NAME_MAX + 1];
        _cleanup_close_ int fd = -1;
        int r;

        if (strchr(name, '/') ||
            snprintf(temp, sizeof(temp), ".%s.%d.%u", name, (int)getpid(), serial++) >= (int)sizeof(temp))
                return -ENAMETOOLONG;
        /* A leftover of a killed process that had our pid is in nobody's way. */
        unlinkat(dirfd, temp, 0);
        fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd < 0)
                return -errno;
        r = fs_write_all(fd, data, len);
        if (r == 0 && fchmod(fd, mode) < 0)
                r = -errno;
        if (r == 0 && durable && fsync(fd) < 0)
                r = -errno;
        if (r == 0 && renameat(dirfd, temp, dirfd, name) < 0)
                r = -errno;
        if (r < 0) {
                unlinkat(dirfd, temp, 0);
                return r;
        }
        if (durable && fsync(dirfd) < 0 && errno != EINVAL && errno != EBADF)
                return -errno;
        return 0;
}

int fs_replace_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
        return replace_at(dirfd, name, data, len, mode, true);
}

int fs_replace_volatile_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
        return replace_at(dirfd, name, data, len, mode, false);
}

/* Is the file that we hold still the one that the name stands for?  Its last holder may have removed it. */
static bool lock_is_current(int dirfd, const char *name, int fd)
{
        struct stat held, named;

        return fstat(fd, &held) == 0 && fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
               held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

int fs_lock_at(int dirfd, const char *name, int timeout_ms)
{
        const struct timespec nap = {.tv_nsec = 2 * 1000 * 1000};
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

        for (int waited = 0;; waited += 2) {
                _cleanup_close_ int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

                if (fd < 0)
                        return -errno;
                if (fcntl(fd, timeout_ms < 0 ? F_OFD_SETLKW : F_OFD_SETLK, &lock) == 0) {
                        if (lock_is_current(dirfd, name, fd))
                                return TAKE_FD(fd);
                        continue;
                }
                if (errno == EINTR)
                        continue;
                if (errno != EAGAIN && errno != EACCES)
                        return -errno;
                if (waited >= timeout_ms)
                        return -EBUSY;
                nanosleep(&nap, NULL);
        }
}

void fs_unescape_mount(char *text)
{
        char *to = text;

        for (char *p = text; *p; p++) {
                if (p[0] == '\\' && strspn(p + 1, "01234567") >= 3) {
                        *to++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
                        p += 3;
                } else {
                        *to++ = *p;
                }
        }
        *to = '\0';
}
