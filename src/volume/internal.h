/* What the files of this module share: pools, the in-use lock, zfs(8). */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/root.h"
#include "base/strv.h"
#include "volume/volume.h"

struct pool {
        enum volume_kind kind; /* VOLUME_DIR or VOLUME_ZFS */
        char *base;            /* directory without root, or dataset */
};

/* A pool or one part of a volume's name: letters, digits and _ - . : with neither "." nor ".." as the whole.
 */
bool pool_part_valid(const char *part, size_t n);

/* Finds what stands for a pool: pools.conf, an imported ZFS pool, the default directory. */
int pool_find(const struct root *root, const char *name, struct pool *ret, struct error *err);
/* The directories of all pools that pools.conf knows. */
int pool_dirs(const struct root *root, struct strv *ret, struct error *err);
void pool_clear(struct pool *pool);

/* Takes the in-use lock of the file or device that st describes; what names it in errors. */
int volume_lock(const struct root *root, const struct stat *st, const char *zone, const char *what,
                int *ret_fd, struct error *err);

/* zfs(8): a zvol of this size, and its end. */
int zfs_create(const struct root *root, const struct volume *v, uint64_t bytes, struct error *err);
int zfs_destroy(const struct root *root, const struct volume *v, struct error *err);
