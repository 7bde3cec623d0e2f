/*
 * Reads a packed nvlist that somebody else wrote.  Nothing in it is trusted: every length is checked against
 * the bytes that are there before they are looked at, numbers are read byte by byte so that alignment and
 * byte order do not matter, and the pointer slots of the native form are skipped.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nvlist/format.h"
#include "nvlist/nvlist.h"

/* The unread part of the list. */
struct reader {
        const uint8_t *p;
        size_t left;
        bool big; /* byte order of the numbers */
};

/* One pair, its data not yet looked at. */
struct pair {
        const char *name; /* NUL-terminated only in native form; use name_len */
        size_t name_len;
        uint32_t type;
        uint32_t count;
        struct reader data;
};

static int bad(struct error *err, const char *what)
{
        return error_set(err, EBADMSG, "malformed nvlist: %s", what);
}

static const uint8_t *take(struct reader *r, size_t n)
{
        const uint8_t *p = r->p;

        if (n > r->left)
                return NULL;
        r->p += n;
        r->left -= n;
        return p;
}

static bool take32(struct reader *r, uint32_t *ret)
{
        const uint8_t *p = take(r, 4);

        if (!p)
                return false;
        if (r->big)
                *ret = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        else
                *ret = (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
        return true;
}

static bool take16(struct reader *r, uint16_t *ret)
{
        const uint8_t *p = take(r, 2);

        if (!p)
                return false;
        *ret = r->big ? (uint16_t)(p[0] << 8 | p[1]) : (uint16_t)(p[1] << 8 | p[0]);
        return true;
}

/* XDR bytes: a length, the bytes, zeros up to a multiple of four. */
static const char *take_opaque(struct reader *r, size_t *ret_len)
{
        uint32_t len;
        const uint8_t *p;

        if (!take32(r, &len) || len > r->left)
                return NULL;
        p = take(r, ((size_t)len + 3) / 4 * 4);
        *ret_len = len;
        return (const char *)p;
}

/* The next pair in native form; 1, or 0 at the end of the list. */
static int next_native(struct reader *r, struct pair *ret, struct error *err)
{
        uint32_t size;
        uint16_t name_len, reserved;
        struct reader pair;
        size_t skip;

        if (!take32(r, &size))
                return bad(err, "the end mark is missing");
        if (size == 0)
                return 0;
        if (size < NATIVE_PAIR_HEADER || size % 8 != 0 || size - 4 > r->left)
                return bad(err, "the size of a pair is wrong");
        pair = (struct reader){.p = take(r, size - 4), .left = size - 4, .big = r->big};

        if (!take16(&pair, &name_len) || !take16(&pair, &reserved) || !take32(&pair, &ret->count) ||
            !take32(&pair, &ret->type))
                return bad(err, "a pair is too short");
        if (name_len < 2 || name_len > NVLIST_MAX_NAME || name_len > pair.left ||
            pair.p[name_len - 1] != '\0' || memchr(pair.p, '\0', name_len - 1u))
                return bad(err, "the name of a pair is wrong");
        ret->name = (const char *)pair.p;
        ret->name_len = name_len - 1u;

        skip = (NATIVE_PAIR_HEADER + (size_t)name_len + 7) / 8 * 8 - NATIVE_PAIR_HEADER;
        if (!take(&pair, skip))
                return bad(err, "a pair is too short");
        ret->data = pair;
        return 1;
}

static int next_xdr(struct reader *r, struct pair *ret, struct error *err)
{
        uint32_t size, decoded;
        struct reader pair;

        if (!take32(r, &size) || !take32(r, &decoded))
                return bad(err, "the end mark is missing");
        if (size == 0 && decoded == 0)
                return 0;
        if (size < 8 || size % 4 != 0 || size - 8 > r->left)
                return bad(err, "the size of a pair is wrong");
        pair = (struct reader){.p = take(r, size - 8), .left = size - 8, .big = true};

        ret->name = take_opaque(&pair, &ret->name_len);
        if (!ret->name || ret->name_len == 0 || ret->name_len >= NVLIST_MAX_NAME ||
            memchr(ret->name, '\0', ret->name_len))
                return bad(err, "the name of a pair is wrong");
        if (!take32(&pair, &ret->type) || !take32(&pair, &ret->count))
                return bad(err, "a pair is too short");
        ret->data = pair;
        return 1;
}

/* The next string of an array; not NUL-terminated in XDR. */
static const char *next_string(struct reader *r, bool xdr, size_t *ret_len)
{
        const char *s, *end;

        if (xdr) {
                s = take_opaque(r, ret_len);
                return s && !memchr(s, '\0', *ret_len) ? s : NULL;
        }
        s = (const char *)r->p;
        end = r->left > 0 ? memchr(s, '\0', r->left) : NULL;
        if (!end)
                return NULL;
        *ret_len = (size_t)(end - s);
        take(r, *ret_len + 1);
        return s;
}

static int read_array(struct pair *pair, bool xdr, char ***ret, struct error *err)
{
        char **strings;

        if (pair->type != NV_TYPE_STRING_ARRAY)
                return bad(err, "the pair is not a string array");
        if (pair->count > NVLIST_MAX_STRINGS)
                return bad(err, "too many strings");
        if (!xdr && !take(&pair->data, 8 * (size_t)pair->count))
                return bad(err, "a pair is too short");

        strings = calloc((size_t)pair->count + 1, sizeof(*strings));
        if (!strings)
                return error_nomem(err);
        for (uint32_t i = 0; i < pair->count; i++) {
                size_t len;
                const char *s = next_string(&pair->data, xdr, &len);

                if (!s) {
                        nvlist_free(strings);
                        return bad(err, "a string does not end inside its pair");
                }
                strings[i] = strndup(s, len);
                if (!strings[i]) {
                        nvlist_free(strings);
                        return error_nomem(err);
                }
        }
        *ret = strings;
        return 0;
}

static int open_list(const void *data, size_t len, struct reader *ret, bool *ret_xdr, struct error *err)
{
        const uint8_t *head;
        uint32_t version, flags;

        *ret = (struct reader){.p = data, .left = len};
        if (len > NVLIST_MAX_BYTES)
                return bad(err, "it is larger than 1 MiB");
        head = take(ret, NVLIST_HEADER);
        if (!head)
                return bad(err, "it is shorter than its header");
        if (head[0] != NVLIST_NATIVE && head[0] != NVLIST_XDR)
                return bad(err, "the encoding is unknown");
        if (head[1] > 1)
                return bad(err, "the byte order is unknown");

        *ret_xdr = head[0] == NVLIST_XDR;
        ret->big = *ret_xdr || head[1] == 0;
        if (!take32(ret, &version) || !take32(ret, &flags))
                return bad(err, "it is shorter than its header");
        if (version != 0)
                return bad(err, "the version is unknown");
        return 0;
}

int nvlist_unpack_strings(const void *data, size_t len, const char *key, char ***ret, size_t *ret_n,
                          struct error *err)
{
        struct reader list;
        struct pair pair, found = {0};
        bool xdr = false;
        int r;

        r = open_list(data, len, &list, &xdr, err);
        if (r < 0)
                return r;

        /* Names are unique; if they are not, the last one counts, as when libnvpair unpacks. */
        while ((r = xdr ? next_xdr(&list, &pair, err) : next_native(&list, &pair, err)) > 0)
                if (pair.name_len == strlen(key) && memcmp(pair.name, key, pair.name_len) == 0)
                        found = pair;
        if (r < 0)
                return r;
        if (!found.name)
                return error_set(err, ENOENT, "the nvlist has no \"%s\"", key);

        r = read_array(&found, xdr, ret, err);
        if (r < 0)
                return r;
        *ret_n = found.count;
        return 0;
}

void nvlist_free(char **strings)
{
        if (!strings)
                return;
        for (size_t i = 0; strings[i]; i++)
                free(strings[i]);
        free(strings);
}
