/* Removing a directory with everything in it, when what is in it may be hostile. */
#pragma once

#include "base/error.h"

/*
 * Removes dirfd/name, whatever it is; one that is not there is a success.  Symbolic links are removed, never
 * followed.  Nothing on another file system is touched: -EBUSY "X: a file system is mounted there", found
 * before anything is removed.  Any depth of directories takes the same few descriptors and no stack.
 */
int tree_remove_at(int dirfd, const char *name, struct error *err);

/* The check alone: is anything mounted on or below dirfd/name?  0 if not, or if it is no directory. */
int tree_check_mounts(int dirfd, const char *name, struct error *err);
