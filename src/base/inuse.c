/*
 * The lock is a flock(2): unlike record locks it can be taken through a read-only descriptor, which is
 * therefore harmless to hand to the hypervisor.  The engine's own locks are record locks on the image itself
 * and do not meet this one.  Lock files stay: removing one would race with the next zone that takes it.
 */
#include "base/inuse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/zone.h"

static int refuse(int fd, const char *zone, const char *what, struct error *err)
{
        _cleanup_free_ char *holder = NULL;

        if (fs_read_fd(fd, ZONENAME_MAX, &holder, NULL) < 0 || !zone_name_valid(holder))
                return error_set(err, EBUSY, "%s: in use by another zone", what);
        if (strcmp(holder, zone) == 0)
                return error_set(err, EBUSY, "%s: already in use by this zone (%s)", what, zone);
        return error_set(err, EBUSY, "%s: in use by zone %s", what, holder);
}

/* Writes the holder's name; only its reader, refuse, needs it, and it copes with a half-written one. */
static int write_holder(int dir, const char *name, const char *zone)
{
        _cleanup_close_ int fd = fs_open_beneath(dir, name, O_WRONLY | O_TRUNC, 0);

        return fd < 0 ? fd : fs_write_all(fd, zone, strlen(zone));
}

int inuse_lock(const struct root *root, const char *dir_path, const char *name, const char *zone,
               const char *what, int *ret_fd, struct error *err)
{
        _cleanup_close_ int dir = root_make_dir(root, dir_path, 0700, err), fd = -1;
        int r;

        if (dir < 0)
                return dir;
        fd = fs_open_beneath(dir, name, O_RDONLY | O_CREAT | O_NOFOLLOW, 0600);
        if (fd < 0)
                return error_errno(err, fd, "%s: %s/%s", what, dir_path, name);
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                if (errno == EWOULDBLOCK)
                        return refuse(fd, zone, what, err);
                return error_errno(err, errno, "%s: %s/%s", what, dir_path, name);
        }
        r = write_holder(dir, name, zone);
        if (r < 0)
                return error_errno(err, r, "%s: %s/%s", what, dir_path, name);
        *ret_fd = TAKE_FD(fd);
        return 0;
}
