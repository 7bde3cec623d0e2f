/*
 * Directories told by what they are and not by their names: by their inode, and by their place in their file
 * system, which is the same through whatever mounts they are reached.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct place {
        dev_t dev;
        ino_t ino;
        unsigned major, minor; /* the file system; all subvolumes of one have the same here */
        char path[PATH_MAX];   /* in the file system; "" where that cannot be told */
};

/* The text of mountinfo, which the others take; the caller frees it. */
int lookup_mounts(char **ret_mounts);

int lookup_place(const char *mounts, int fd, struct place *ret);

/* Is what this descriptor is open on below the directory, by its own parents or by the place? */
bool lookup_below(const char *mounts, const struct place *dir, int fd);

/* Does a lookup of this path of the host pass the directory, or come below it?  itself: or end there. */
bool lookup_passes(const char *mounts, const struct place *dir, const char *host_path, bool itself);
