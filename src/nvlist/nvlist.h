/*
 * The packed nvlist that carries hypervisor arguments: one string array under one key, in the byte format of
 * libnvpair (reference: bhyve-brand.md section 8).  Nothing else of nvlists is needed here.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define NVLIST_MAX_BYTES   (1024 * 1024) /* largest packed list that is accepted */
#define NVLIST_MAX_STRINGS 4096          /* most strings in the array */

enum nvlist_encoding {
        NVLIST_NATIVE = 0,
        NVLIST_XDR = 1,
};

/* Packs strings[0..n) under key.  The caller frees *ret_data.  -EINVAL, -ENOMEM. */
int nvlist_pack_strings(const char *key, const char *const *strings, size_t n, enum nvlist_encoding encoding,
                        void **ret_data, size_t *ret_len);

/*
 * Finds the string array under key in a packed list of either encoding and either byte order.  Other pairs
 * of any type are skipped.  The input is not trusted.  *ret is NULL-terminated; free it with nvlist_free.
 * -EBADMSG with a text for anything malformed, -ENOENT when there is no such key.
 */
int nvlist_unpack_strings(const void *data, size_t len, const char *key, char ***ret, size_t *ret_n,
                          struct error *err);
void nvlist_free(char **strings);
