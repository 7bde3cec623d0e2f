/* Numbers of the packed nvlist formats that the reader and the writer share. */
#pragma once

#define NVLIST_HEADER        4   /* encoding, byte order of the packer, two zero bytes */
#define NVLIST_FRAME         20  /* header, version, flags, end: the most that surrounds the pairs */
#define NVLIST_MAX_NAME      256 /* longest name of a pair, with its NUL */
#define NATIVE_PAIR_HEADER   16  /* size, name length, reserved, count, type */
#define NV_UNIQUE_NAME       1
#define NV_TYPE_STRING_ARRAY 17
