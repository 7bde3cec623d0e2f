/*
 * The media of one boot (zoneadm boot -i, -c): files or block devices of the host, opened read-only before
 * anything of the zone is made, and given to the engine of this boot only.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "machine/machine.h"
#include "zoneadmd/daemon.h"

static const struct {
        const char *word, *path; /* for the boot hook, and in its arguments */
} kinds[MEDIA_KINDS] = {
    [MEDIA_BOOT] = {"boot", MACHINE_BOOT_MEDIA},
    [MEDIA_CONFIG] = {"config", MACHINE_CONFIG_DISK},
};

static int open_one(const char *path, struct error *err)
{
        _cleanup_close_ int fd = -1;
        struct stat st;

        if (path[0] != '/')
                return error_set(err, EINVAL, "%s: an absolute path is needed", path);
        fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_errno(err, errno, "%s", path);
        if (S_ISDIR(st.st_mode))
                return error_set(err, EISDIR, "%s: is a directory", path);
        if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
                return error_set(err, EINVAL, "%s: is neither a regular file nor a block device", path);
        if (S_ISREG(st.st_mode) && st.st_size == 0)
                return error_set(err, EINVAL, "%s: is empty", path);
        return TAKE_FD(fd);
}

int media_open(struct daemon *d, char *const path[MEDIA_KINDS], struct error *err)
{
        media_close(d);
        for (size_t i = 0; i < MEDIA_KINDS; i++) {
                if (!path[i])
                        continue;
                d->media[i] = open_one(path[i], err);
                if (d->media[i] < 0) {
                        int r = d->media[i];

                        media_close(d);
                        return r;
                }
                zone_log(d, "for this boot: %s", path[i]);
        }
        return 0;
}

void media_close(struct daemon *d)
{
        for (size_t i = 0; i < MEDIA_KINDS; i++) {
                if (d->media[i] >= 0)
                        close(d->media[i]);
                d->media[i] = -1;
        }
}

int media_take(struct daemon *d, const char *path)
{
        for (size_t i = 0; i < MEDIA_KINDS; i++)
                if (d->media[i] >= 0 && strcmp(path, kinds[i].path) == 0)
                        return TAKE_FD(d->media[i]);
        return -ENOENT;
}

void media_words(const struct daemon *d, struct strbuf *text)
{
        for (size_t i = 0; i < MEDIA_KINDS; i++)
                if (d->media[i] >= 0)
                        strbuf_printf(text, "%s%s", text->len ? "," : "", kinds[i].word);
}
