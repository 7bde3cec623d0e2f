/* Reading images through libarchive's raw format, which undoes whichever compression it finds; see image.h.
 */
#include "image.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "volume/volume.h"

#define BLOCK (64 * 1024)

static void cleanup_archive(struct archive **a)
{
        if (*a)
                archive_read_free(*a);
}

static int archive_failed(struct archive *a, const char *path, struct error *err)
{
        const char *text = archive_error_string(a);
        int code = archive_errno(a);

        return error_set(err, code > 0 ? code : EIO, "%s: %s", path, text ? text : "cannot be read");
}

/* Opens the image; *fd stays the caller's to close. */
static int image_open(const char *path, struct archive **ret, int *ret_fd, struct error *err)
{
        _cleanup_(cleanup_archive) struct archive *a = archive_read_new();
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct archive_entry *entry;
        struct stat st;

        if (!a)
                return error_nomem(err);
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_errno(err, errno, "%s", path);
        if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
                return error_set(err, EINVAL, "%s: not a file or block device", path);
        if (S_ISREG(st.st_mode) && st.st_size == 0)
                return error_set(err, EINVAL, "%s: the image is empty", path);
        if (volume_foreign_format(fd))
                return error_set(err, EINVAL,
                                 "%s: is a %s image; a raw one is needed (qemu-img convert -O raw)", path,
                                 volume_foreign_format(fd));
        archive_read_support_filter_gzip(a);
        archive_read_support_filter_bzip2(a);
        archive_read_support_filter_xz(a);
        archive_read_support_filter_zstd(a);
        archive_read_support_format_raw(a);
        if (archive_read_open_fd(a, fd, BLOCK) != ARCHIVE_OK ||
            archive_read_next_header(a, &entry) != ARCHIVE_OK)
                return archive_failed(a, path, err);
        *ret = TAKE_PTR(a);
        *ret_fd = TAKE_FD(fd);
        return 0;
}

/* Fills the buffer unless the image ends; bytes, 0 at the end. */
static ssize_t read_block(struct archive *a, char *buf)
{
        size_t have = 0;

        while (have < BLOCK) {
                la_ssize_t n = archive_read_data(a, buf + have, BLOCK - have);

                if (n < 0)
                        return -1;
                if (n == 0)
                        break;
                have += (size_t)n;
        }
        return (ssize_t)have;
}

int image_size(const char *path, uint64_t limit, const volatile int *stop, uint64_t *ret_bytes,
               struct error *err)
{
        _cleanup_(cleanup_archive) struct archive *a = NULL;
        _cleanup_close_ int fd = -1;
        static char buf[BLOCK];
        struct stat st;
        ssize_t n;
        int r = image_open(path, &a, &fd, err);

        if (r < 0)
                return r;
        /* The first filter in the row is the file itself: with no other, the file is the disk. */
        if (archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
                *ret_bytes = (uint64_t)st.st_size;
                return 0;
        }
        *ret_bytes = 0;
        while ((n = read_block(a, buf)) > 0) {
                *ret_bytes += (uint64_t)n;
                if (*stop)
                        return error_set(err, EINTR, "interrupted");
                if (*ret_bytes > limit)
                        return error_set(err, ENOSPC,
                                         "%s: the image is larger than its disk can be (%llu bytes)", path,
                                         (unsigned long long)limit);
        }
        return n < 0 ? archive_failed(a, path, err) : 0;
}

static bool all_zero(const char *buf, size_t n)
{
        return n == 0 || (buf[0] == 0 && memcmp(buf, buf + 1, n - 1) == 0);
}

static int write_at(int fd, const char *buf, size_t n, uint64_t offset)
{
        while (n > 0) {
                ssize_t w = pwrite(fd, buf, n, (off_t)offset);

                if (w < 0 && errno == EINTR)
                        continue;
                if (w < 0)
                        return -errno;
                buf += w;
                offset += (uint64_t)w;
                n -= (size_t)w;
        }
        return 0;
}

int image_write(const char *path, int fd, uint64_t room, bool sparse, const volatile int *stop,
                struct error *err)
{
        _cleanup_(cleanup_archive) struct archive *a = NULL;
        _cleanup_close_ int image_fd = -1;
        static char buf[BLOCK];
        uint64_t offset = 0;
        ssize_t n;
        int r = image_open(path, &a, &image_fd, err);

        if (r < 0)
                return r;
        while ((n = read_block(a, buf)) > 0) {
                if (*stop)
                        return error_set(err, EINTR, "interrupted");
                if (offset + (uint64_t)n > room)
                        return error_set(err, ENOSPC, "%s: the image is larger than the disk (%llu bytes)",
                                         path, (unsigned long long)room);
                r = sparse && all_zero(buf, (size_t)n) ? 0 : write_at(fd, buf, (size_t)n, offset);
                if (r < 0)
                        return error_errno(err, r, "writing the disk");
                offset += (uint64_t)n;
        }
        if (n < 0)
                return archive_failed(a, path, err);
        return fsync(fd) < 0 ? error_errno(err, errno, "writing the disk") : 0;
}
