/* Disk images for install -i: raw, plain or compressed with gzip, bzip2, xz or zstd. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* The size of the disk that the image holds; reads a compressed image through. */
int image_size(const char *path, uint64_t *ret_bytes, struct error *err);

/*
 * Writes the image to fd and syncs.  sparse: fd reads as zeros already, so zeros need not be written.
 * -EINTR when *stop became true.
 */
int image_write(const char *path, int fd, uint64_t room, bool sparse, const volatile int *stop,
                struct error *err);
