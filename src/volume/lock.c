/*
 * The in-use lock of a disk: a lock file in /run/zones/volumes, named after the device and inode (or the
 * number of the block device), so that two names of one disk meet.  See base/inuse.h.
 */
#include <limits.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include "base/inuse.h"
#include "volume/internal.h"

#define LOCK_DIR ZONES_RUN "/volumes"

static void lock_name(const struct stat *st, char *buf, size_t size)
{
        if (S_ISBLK(st->st_mode))
                snprintf(buf, size, "block-%u:%u", major(st->st_rdev), minor(st->st_rdev));
        else
                snprintf(buf, size, "file-%u:%u-%llu", major(st->st_dev), minor(st->st_dev),
                         (unsigned long long)st->st_ino);
}

int volume_lock(const struct root *root, const struct stat *st, const char *zone, const char *what,
                int *ret_fd, struct error *err)
{
        char name[NAME_MAX];

        lock_name(st, name, sizeof(name));
        return inuse_lock(root, LOCK_DIR, name, zone, what, ret_fd, err);
}
