/*
 * Volumes: a disk is named as in illumos (/dev/zvol/rdsk/POOL/NAME, /dev/zvol/dsk/..., or POOL/NAME), as a
 * Linux block device, or as a file.  A pool is ZFS where ZFS is present; elsewhere /etc/zones/pools.conf
 * says, for a pool, which directory (raw sparse files) stands for it.  A pool without an entry is the ZFS
 * pool of that name if one is imported, else a directory of its name below the default, /var/lib/zones/pools.
 *
 *   # pools.conf: NAME KIND WHERE
 *   rpool   dir   /var/lib/zones/pools/rpool
 *   tank    zfs   tank
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/root.h"

enum volume_kind {
        VOLUME_DIR,   /* raw file NAME.raw in the directory of a pool */
        VOLUME_ZFS,   /* zvol: /dev/zvol/POOL/NAME */
        VOLUME_BLOCK, /* a block device by path */
        VOLUME_FILE,  /* a regular file by path */
};

struct volume {
        enum volume_kind kind;
        char *name; /* POOL/NAME, or the path as given */
        char *path; /* what to open on the host; root is already in it */
        char *pool; /* pool name, NULL for block devices and files */
        char *base; /* of a pool: its directory on the host, or the ZFS dataset that stands for it; of a file
                       below a directory that a zone was given: that directory; else NULL */
};

void volume_clear(struct volume *v);

/* Finds out what a disk name means.  The thing need not exist.  -EINVAL for a name with "..", empty parts. */
int volume_resolve(const struct root *root, const char *name, struct volume *ret, struct error *err);

/*
 * The same for the path of a file, of which only the first n_base bytes, a directory, are the host's own
 * word. What is below it may have been put there by a guest, so no link in the rest leads out of the
 * directory.
 */
int volume_resolve_below(const struct root *root, const char *path, size_t n_base, struct volume *ret,
                         struct error *err);

/* "/dev/zvol/rdsk/tank/x" or "/dev/zvol/dsk/tank/x" or "tank/x" gives "tank/x"; NULL if name is no volume. */
const char *volume_name(const char *name);

/*
 * Opens it for a zone: read-write or read-only, close-on-exec, only a regular file or a block device ("X: is
 * a directory").  A symbolic link in the last component is followed only below /dev, where it is the usual
 * name of a device (/dev/disk/by-id, /dev/mapper, /dev/zvol).  In a directory pool no link is followed at
 * all.
 *
 * Takes the in-use lock: a second read-write opening fails with -EBUSY and names the zone ("X: in use by zone
 * web1"), whatever names the two used; so does one of a block device that the host itself has mounted.
 * The lock lives as long as *ret_lock_fd is open (-1 for read-only openings, which share).  It is a read-only
 * descriptor and may be inherited by the hypervisor, so that the lock outlives a killed zoneadmd.
 */
int volume_open(const struct root *root, const struct volume *v, const char *zone, bool read_only,
                int *ret_fd, int *ret_lock_fd, struct error *err);

/* Size in bytes of what exists; -ENOENT "X: no such volume". */
int volume_size(const struct root *root, const struct volume *v, uint64_t *ret_bytes, struct error *err);

/* Creates a volume of a pool (sparse unless thick).  -EEXIST if it is there, -ENOSPC, -EOPNOTSUPP for paths.
 */
int volume_create(const struct root *root, const struct volume *v, uint64_t bytes, struct error *err);

/* Destroys a volume of a pool; one that is not there is a success. */
int volume_destroy(const struct root *root, const struct volume *v, struct error *err);

/*
 * The format of an image that is not raw ("qcow2"), by its first bytes, or NULL.  Good for advice only: what
 * a guest writes to its raw disk can look like anything.
 */
const char *volume_foreign_format(int fd);
