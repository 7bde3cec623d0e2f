/* Disk images for install -i: raw, plain or compressed with gzip, bzip2, xz or zstd. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define IMAGE_MAX ((uint64_t)1 << 44) /* 16 TiB, where nothing else bounds the disk */

/*
 * The size of the disk that the image holds.  A compressed image is read through for that: -ENOSPC once it
 * turns out to be larger than limit, -EINTR when *stop became true.
 */
int image_size(const char *path, uint64_t limit, const volatile int *stop, uint64_t *ret_bytes,
               struct error *err);

/*
 * Writes the image to fd and syncs.  sparse: fd reads as zeros already, so zeros need not be written.
 * -EINTR when *stop became true.
 */
int image_write(const char *path, int fd, uint64_t room, bool sparse, const volatile int *stop,
                struct error *err);
