/* Sockets that a machine serves at paths in the zone's own root; no resource shows a directory for them. */
#pragma once

#include "base/error.h"

/*
 * Opens the directory that such a path has its name in, resolved inside the zone's root only; a zone_root
 * below 0 is one that does not exist.  *ret_name, the name, is a part of path.  -ENOENT: the zone has no such
 * directory.  The messages leave the path to the caller.  Returns the descriptor.
 */
int volume_socket_dir(int zone_root, const char *path, const char **ret_name, struct error *err);
/* Is the name free, or does it belong to a socket?  -EEXIST. */
int volume_socket_free(int dir, const char *name, struct error *err);
