/*
 * Writes a packed nvlist of one string array, in libnvpair's native layout (this host's byte order) or in
 * XDR. The sizes are computed first, so that the buffer is made once and every store is known to fit.
 */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nvlist/format.h"
#include "nvlist/nvlist.h"

static size_t round_up(size_t n, size_t to)
{
        return (n + to - 1) / to * to;
}

/* What both encodings need to know about the array before they write it. */
struct sizes {
        size_t text;   /* bytes of all strings with their NULs */
        size_t native; /* the pair in native form: XDR records it as "decoded size" */
        size_t xdr;    /* the pair in XDR form */
};

static int measure(const char *key, const char *const *strings, size_t n, struct sizes *ret)
{
        size_t name = strlen(key) + 1;

        if (name == 1 || name > NVLIST_MAX_NAME || n > NVLIST_MAX_STRINGS)
                return -EINVAL;

        *ret = (struct sizes){
            .xdr = 8 + 4 + round_up(name - 1, 4) + 8,
        };
        for (size_t i = 0; i < n; i++) {
                size_t len = strlen(strings[i]);

                if (len >= NVLIST_MAX_BYTES || ret->text + len >= NVLIST_MAX_BYTES)
                        return -EINVAL;
                ret->text += len + 1;
                ret->xdr += 4 + round_up(len, 4);
        }
        ret->native = round_up(NATIVE_PAIR_HEADER + name, 8) + round_up(8 * n + ret->text, 8);
        if (ret->native + NVLIST_FRAME > NVLIST_MAX_BYTES || ret->xdr + NVLIST_FRAME > NVLIST_MAX_BYTES)
                return -EINVAL;
        return 0;
}

static uint8_t *put_host32(uint8_t *p, uint32_t v)
{
        memcpy(p, &v, sizeof(v));
        return p + sizeof(v);
}

static uint8_t *put_host16(uint8_t *p, uint16_t v)
{
        memcpy(p, &v, sizeof(v));
        return p + sizeof(v);
}

static uint8_t *put_be32(uint8_t *p, uint32_t v)
{
        return put_host32(p, htobe32(v));
}

/* Bytes padded with zeros to a multiple of 4; the buffer is zero already. */
static uint8_t *put_opaque(uint8_t *p, const char *s)
{
        size_t len = strlen(s);

        p = put_be32(p, (uint32_t)len);
        memcpy(p, s, len);
        return p + round_up(len, 4);
}

static void write_native(uint8_t *p, const char *key, const char *const *strings, size_t n,
                         const struct sizes *sizes)
{
        size_t name = strlen(key) + 1;
        uint8_t *data;

        p = put_host32(p, 0); /* version */
        p = put_host32(p, NV_UNIQUE_NAME);
        data = p + round_up(NATIVE_PAIR_HEADER + name, 8) + 8 * n; /* the pointer slots stay zero */
        p = put_host32(p, (uint32_t)sizes->native);
        p = put_host16(p, (uint16_t)name);
        p = put_host16(p, 0);
        p = put_host32(p, (uint32_t)n);
        p = put_host32(p, NV_TYPE_STRING_ARRAY);
        memcpy(p, key, name);

        for (size_t i = 0; i < n; i++) {
                size_t len = strlen(strings[i]) + 1;

                memcpy(data, strings[i], len);
                data += len;
        }
}

static void write_xdr(uint8_t *p, const char *key, const char *const *strings, size_t n,
                      const struct sizes *sizes)
{
        p = put_be32(p, 0); /* version */
        p = put_be32(p, NV_UNIQUE_NAME);
        p = put_be32(p, (uint32_t)sizes->xdr);
        p = put_be32(p, (uint32_t)sizes->native);
        p = put_opaque(p, key);
        p = put_be32(p, NV_TYPE_STRING_ARRAY);
        p = put_be32(p, (uint32_t)n);
        for (size_t i = 0; i < n; i++)
                p = put_opaque(p, strings[i]);
}

int nvlist_pack_strings(const char *key, const char *const *strings, size_t n, enum nvlist_encoding encoding,
                        void **ret_data, size_t *ret_len)
{
        struct sizes sizes;
        uint8_t *data;
        size_t len;
        int r;

        if (encoding != NVLIST_NATIVE && encoding != NVLIST_XDR)
                return -EINVAL;
        r = measure(key, strings, n, &sizes);
        if (r < 0)
                return r;

        len = NVLIST_HEADER + 8 + (encoding == NVLIST_XDR ? sizes.xdr + 8 : sizes.native + 4);
        data = calloc(1, len);
        if (!data)
                return -ENOMEM;
        data[0] = (uint8_t)encoding;
        data[1] = __BYTE_ORDER == __LITTLE_ENDIAN;

        if (encoding == NVLIST_XDR)
                write_xdr(data + NVLIST_HEADER, key, strings, n, &sizes);
        else
                write_native(data + NVLIST_HEADER, key, strings, n, &sizes);
        *ret_data = data;
        *ret_len = len;
        return 0;
}
