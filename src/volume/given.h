/*
 * What a path in a zone's machine stands for on the host.  It is a path inside the zone and becomes a host
 * path the way it would on illumos: a lofs fs resource shows a host directory or file at that place, a device
 * or disk resource gives a device or volume, and everything else is in the zone's own root.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/root.h"
#include "config/config.h"

/* Does the match property of a resource, which may be a glob, mean this device or volume, however spelled? */
bool volume_match(const char *match, const char *path);
/* Is there a device, disk or pci resource that gives this path to the zone?  match may be a glob. */
bool volume_given(const struct config *cfg, const char *path);

/*
 * 1 if a resource gives the path to the zone; *ret_name is then the name to resolve on the host, which the
 * caller frees, and *ret_base how many bytes of it are the directory of an fs resource, 0 for other resources
 * (see volume_resolve_below()).  0 if the path is in the zone's own root.  -ENOENT for a volume or a device
 * that no resource gives, -ENAMETOOLONG; the messages begin with the path.
 */
int volume_host_name(const struct config *cfg, const char *path, char **ret_name, size_t *ret_base,
                     struct error *err);

/*
 * Opens a regular file in the zone's own root, resolved inside that root only; a zone_root below 0 is one
 * that does not exist and holds no file.  Returns the descriptor.
 */
int volume_open_in_zone(int zone_root, const char *path, bool read_only, struct error *err);

/*
 * Opens (O_PATH) the directory that a path in the zone is: one that a lofs fs resource shows there, or one in
 * the zone's own root (zone_root below 0: there is none).  No link below either leads out of it.
 * *ret_read_only: the fs resource has the option ro.
 */
int volume_open_shared(const struct root *root, const struct config *cfg, int zone_root, const char *path,
                       bool *ret_read_only, struct error *err);

/* What the machine opens besides: by a path in the zone, or by one of the host (firmware, serial lines). */
struct volume_opened {
        const char *path;
        bool of_host;
        bool is_dir; /* another shared directory, or the same */
};

/*
 * May a guest write to this directory (of volume_open_shared())?  Not if a lookup of something that matters
 * runs through it, by whatever links and mounts: a zonepath, what resources and attributes of the zone name,
 * what its machine opens, a place of the zone tools or of a pool.  A problem for each, with the directory's
 * name on the host.  0, -ENOMEM.
 */
int volume_check_writable(const struct root *root, const struct config *cfg, int dir, int zone_root,
                          const struct volume_opened *opened, size_t n_opened, struct problems *problems);

/* May the machine of this configuration have a shared directory?  A true may be a false alarm. */
bool volume_may_share(const struct config *cfg);
