/*
 * Files, the careful way: whatever root does with a path inside a zone, or in a directory that several
 * programs share, goes through here.  Paths are relative to a directory descriptor and are resolved by
 * openat2(2), so that no symbolic link and no race leads out of that directory.
 *
 * All functions return a negative errno on failure; descriptors are close-on-exec and owned by the caller.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Opens path below dirfd; refuses symbolic links and .. that lead out.  flags as open(2). */
int fs_open_beneath(int dirfd, const char *path, int flags, mode_t mode);

/* Opens path with dirfd as the root directory: absolute links and .. stay inside.  For zone roots. */
int fs_open_in_root(int dirfd, const char *path, int flags, mode_t mode);

/* Makes path and its parents below dirfd (as the root directory); an existing directory is fine. */
int fs_mkdir_in_root(int dirfd, const char *path, mode_t mode);

/* Makes an absolute path and its parents; an existing directory is fine. */
int fs_mkdir_p(const char *path, mode_t mode);

/*
 * Reads a whole regular file of at most max bytes; *ret_data is NUL-terminated (the NUL is not counted) and
 * the caller frees it.  -EFBIG if the file is larger, -EISDIR, -EINVAL if it is not a regular file.
 */
int fs_read_at(int dirfd, const char *path, size_t max, char **ret_data, size_t *ret_len);

/* The same for an open descriptor, from its current offset; works for pipes too. */
int fs_read_fd(int fd, size_t max, char **ret_data, size_t *ret_len);

/*
 * Replaces dirfd/name by data: temporary file in the same directory, written, synced, renamed, directory
 * synced.  A reader sees the old file or the new one.  name has no slash.
 */
int fs_replace_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode);

/* The same without the two syncs: for run-time files, which need to be whole but not to survive a crash. */
int fs_replace_volatile_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode);

/*
 * Takes an exclusive lock (an OFD lock: it belongs to the descriptor and ends with it) on dirfd/name, which
 * is made if absent; a holder may unlink the name before it lets go.  timeout_ms < 0 waits for ever, 0 tries
 * once; -EBUSY when the time is up. Returns the descriptor that holds the lock.
 */
int fs_lock_at(int dirfd, const char *name, int timeout_ms);

/* write(2) until everything is written. */
int fs_write_all(int fd, const void *data, size_t len);

/* Undoes \040 and the like in place: how mountinfo writes blanks. */
void fs_unescape_mount(char *text);
