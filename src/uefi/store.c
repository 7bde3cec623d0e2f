/* The variable store: its headers, its variables, and replacing one of them; see store.h. */
#include "uefi/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* The volume header: offsets of its fields. */
#define VOLUME_GUID   16
#define VOLUME_LENGTH 32
#define VOLUME_MAGIC  40
#define VOLUME_HEADER 48
#define VOLUME_MIN    72

/* The header of the store, behind that of the volume. */
#define STORE_SIZE      16
#define STORE_FORMATTED 20
#define STORE_HEALTHY   21
#define STORE_LEN       28

/* The header of a variable, "authenticated" form. */
#define VAR_START      0x55aa
#define VAR_STATE      2
#define VAR_ATTRIBUTES 4
#define VAR_NAME_LEN   36
#define VAR_DATA_LEN   40
#define VAR_GUID       44
#define VAR_LEN        60

/* Flash can only clear bits: each state has one more bit cleared than the one before. */
#define STATE_PRESENT   0x3f
#define STATE_REPLACING 0x3e /* deleted as soon as the new one is present */
#define STATE_DELETED   0xfd /* the bit that is cleared */

/* A store of 256 KiB holds 4369 of the smallest. */
#define VARIABLES_MAX 16384

const struct uefi_guid uefi_global = {
    {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c}};
/* fff12b8d-7696-4c8b-a985-2747075b4f50: a volume with variables */
static const struct uefi_guid volume_guid = {
    {0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c, 0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50}};
/* aaf32c78-947b-439a-a180-2e144ec37792: a store of the authenticated form */
static const struct uefi_guid store_guid = {
    {0x78, 0x2c, 0xf3, 0xaa, 0x7b, 0x94, 0x9a, 0x43, 0xa1, 0x80, 0x2e, 0x14, 0x4e, 0xc3, 0x77, 0x92}};

void uefi_guid_text(const struct uefi_guid *guid, char ret[37])
{
        const uint8_t *b = guid->b;

        snprintf(ret, 37, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", uefi_u32(b), uefi_u16(b + 4),
                 uefi_u16(b + 6), b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static void put_u32(uint8_t *p, uint32_t value)
{
        for (int i = 0; i < 4; i++)
                p[i] = (uint8_t)(value >> (8 * i));
}

static int bad(struct error *err, const char *why)
{
        return error_set(err, EINVAL, "not an EDK2 variable store: %s", why);
}

/* Finds the bounds of the variables. */
static int read_headers(struct uefi_store *s, struct error *err)
{
        const uint8_t *f = s->file, *store;
        uint64_t volume;
        size_t header, size;
        uint16_t sum = 0;

        if (s->len < VOLUME_MIN + STORE_LEN)
                return bad(err, "the file is too short");
        if (memcmp(f + VOLUME_MAGIC, "_FVH", 4) != 0 || memcmp(f + VOLUME_GUID, &volume_guid, 16) != 0)
                return bad(err, "no volume of variables");
        volume = uefi_u32(f + VOLUME_LENGTH) | (uint64_t)uefi_u32(f + VOLUME_LENGTH + 4) << 32;
        header = uefi_u16(f + VOLUME_HEADER);
        if (header < VOLUME_MIN || header % 4 || volume > s->len || header + STORE_LEN > volume)
                return bad(err, "the volume is larger than the file");
        for (size_t i = 0; i < header; i += 2)
                sum = (uint16_t)(sum + uefi_u16(f + i));
        if (sum != 0)
                return bad(err, "the volume's checksum is wrong");
        store = f + header;
        if (memcmp(store, &store_guid, 16) != 0)
                return bad(err, "its variables are not of the authenticated form");
        if (store[STORE_FORMATTED] != 0x5a || store[STORE_HEALTHY] != 0xfe)
                return bad(err, "it is not formatted");
        size = uefi_u32(store + STORE_SIZE);
        if (size < STORE_LEN || size > volume - header)
                return bad(err, "the store is larger than the volume");
        /* Variables take multiples of four: the last one must not end, so counted, behind the store. */
        if (size % 4)
                return bad(err, "the size of the store is no multiple of 4");
        s->begin = header + STORE_LEN;
        s->end = header + size;
        return 0;
}

/* The variable at an offset; false at the end of the variables. */
static bool read_var(const struct uefi_store *s, size_t at, struct uefi_var *ret)
{
        const uint8_t *h = s->file + at;
        uint32_t name, data;

        if (s->end - at < VAR_LEN || uefi_u16(h) != VAR_START)
                return false;
        name = uefi_u32(h + VAR_NAME_LEN);
        data = uefi_u32(h + VAR_DATA_LEN);
        /* Of one whose header was never finished, the sizes do not count. */
        if (h[VAR_STATE] == 0xff || name == UINT32_MAX || data == UINT32_MAX ||
            uefi_u32(h + VAR_ATTRIBUTES) == UINT32_MAX)
                name = data = 0;
        if ((uint64_t)name + data > s->end - at - VAR_LEN)
                return false;
        *ret = (struct uefi_var){
            .at = at, .name = at + VAR_LEN, .name_len = name, .data = at + VAR_LEN + name, .data_len = data};
        return true;
}

static size_t aligned(size_t n)
{
        return (n + 3) & ~(size_t)3;
}

static uint8_t state_of(const struct uefi_store *s, const struct uefi_var *v)
{
        return s->file[v->at + VAR_STATE];
}

static bool same_name(const struct uefi_store *s, const struct uefi_var *a, const struct uefi_var *b)
{
        return a->name_len == b->name_len && memcmp(s->file + a->name, s->file + b->name, a->name_len) == 0 &&
               memcmp(s->file + a->at + VAR_GUID, s->file + b->at + VAR_GUID, 16) == 0;
}

/* A variable that was being replaced when the machine stopped counts if the new one never came to be. */
static void find_live(struct uefi_store *s)
{
        for (size_t i = 0; i < s->n_var; i++) {
                struct uefi_var *v = &s->var[i];

                v->live = v->name_len > 2 && v->name_len % 2 == 0 &&
                          (state_of(s, v) == STATE_PRESENT || state_of(s, v) == STATE_REPLACING);
                for (size_t k = 0; v->live && state_of(s, v) == STATE_REPLACING && k < s->n_var; k++)
                        if (state_of(s, &s->var[k]) == STATE_PRESENT && same_name(s, v, &s->var[k]))
                                v->live = false;
        }
}

static int read_vars(struct uefi_store *s, struct error *err)
{
        struct uefi_var v;
        size_t cap = 0;

        s->n_var = 0;
        for (s->used = s->begin; s->used < s->end && read_var(s, s->used, &v);) {
                if (s->n_var == VARIABLES_MAX)
                        return bad(err, "too many variables");
                if (s->n_var == cap) {
                        struct uefi_var *grown;

                        cap = cap ? cap * 2 : 64;
                        grown = reallocarray(s->var, cap, sizeof(*grown));
                        if (!grown)
                                return error_nomem(err);
                        s->var = grown;
                }
                s->var[s->n_var++] = v;
                s->used = aligned(v.data + v.data_len);
        }
        if (s->used > s->end)
                s->used = s->end;
        find_live(s);
        return 0;
}

int uefi_parse(void *file, size_t len, struct uefi_store *ret, struct error *err)
{
        int r;

        *ret = (struct uefi_store){.file = file, .len = len};
        r = read_headers(ret, err);
        if (r == 0)
                r = read_vars(ret, err);
        if (r < 0)
                uefi_clear(ret);
        return r;
}

void uefi_clear(struct uefi_store *store)
{
        free(store->file);
        free(store->var);
        *store = (struct uefi_store){0};
}

static bool is_named(const struct uefi_store *s, const struct uefi_var *v, const struct uefi_guid *guid,
                     const char *name)
{
        size_t n = strlen(name) + 1;

        if (v->name_len != 2 * n || memcmp(s->file + v->at + VAR_GUID, guid, 16) != 0)
                return false;
        for (size_t i = 0; i < n; i++)
                if (uefi_u16(s->file + v->name + 2 * i) != (uint8_t)name[i])
                        return false;
        return true;
}

const struct uefi_var *uefi_find(const struct uefi_store *s, const struct uefi_guid *guid, const char *name)
{
        for (size_t i = 0; i < s->n_var; i++)
                if (s->var[i].live && is_named(s, &s->var[i], guid, name))
                        return &s->var[i];
        return NULL;
}

bool uefi_var_name(const struct uefi_store *s, const struct uefi_var *var, const struct uefi_guid *guid,
                   char *ret_name, size_t size)
{
        size_t n = 0;

        if (!var->live || memcmp(s->file + var->at + VAR_GUID, guid, 16) != 0)
                return false;
        while (n + 1 < size && 2 * n + 2 <= var->name_len) {
                uint16_t c = uefi_u16(s->file + var->name + 2 * n);

                if (c == 0)
                        break;
                ret_name[n++] = c > 0x20 && c < 0x7f ? (char)c : '?';
        }
        ret_name[n] = '\0';
        return true;
}

/* ---- editing ---------------------------------------------------------------------------------------- */

/* Nothing but erased flash behind the last variable? */
static bool tail_erased(const struct uefi_store *s)
{
        for (size_t i = s->used; i < s->end; i++)
                if (s->file[i] != 0xff)
                        return false;
        return true;
}

static size_t packed_size(const struct uefi_store *s, const struct uefi_var *without)
{
        size_t n = 0;

        for (size_t i = 0; i < s->n_var; i++)
                if (s->var[i].live && &s->var[i] != without)
                        n += aligned(VAR_LEN + s->var[i].name_len + s->var[i].data_len);
        return n;
}

/* Drops what is deleted, as the firmware does when the store is full. */
static void pack(struct uefi_store *s)
{
        size_t to = s->begin, kept = 0;

        for (size_t i = 0; i < s->n_var; i++) {
                struct uefi_var v = s->var[i];
                size_t len = VAR_LEN + v.name_len + v.data_len;

                if (!v.live)
                        continue;
                memmove(s->file + to, s->file + v.at, len);
                s->file[to + VAR_STATE] = STATE_PRESENT;
                v.name -= v.at - to;
                v.data -= v.at - to;
                v.at = to;
                s->var[kept++] = v;
                /* What lies between two variables is erased too. */
                memset(s->file + to + len, 0xff, aligned(len) - len);
                to += aligned(len);
        }
        memset(s->file + to, 0xff, s->end - to);
        s->n_var = kept;
        s->used = to;
}

static void append(struct uefi_store *s, const struct uefi_guid *guid, const char *name, uint32_t attributes,
                   const void *data, size_t len)
{
        uint8_t *h = s->file + s->used;
        size_t n = strlen(name) + 1;

        memset(h, 0, VAR_LEN);
        h[0] = VAR_START & 0xff;
        h[1] = VAR_START >> 8;
        h[VAR_STATE] = STATE_PRESENT;
        put_u32(h + VAR_ATTRIBUTES, attributes);
        put_u32(h + VAR_NAME_LEN, (uint32_t)(2 * n));
        put_u32(h + VAR_DATA_LEN, (uint32_t)len);
        memcpy(h + VAR_GUID, guid, 16);
        for (size_t i = 0; i < n; i++) {
                h[VAR_LEN + 2 * i] = (uint8_t)name[i];
                h[VAR_LEN + 2 * i + 1] = 0;
        }
        memcpy(h + VAR_LEN + 2 * n, data, len);
        s->used = aligned(s->used + VAR_LEN + 2 * n + len);
}

/* Marks every live one of this name as deleted: a store has one, but the guest wrote this. */
static void drop(struct uefi_store *s, const struct uefi_guid *guid, const char *name)
{
        for (size_t i = 0; i < s->n_var; i++)
                if (s->var[i].live && is_named(s, &s->var[i], guid, name)) {
                        s->file[s->var[i].at + VAR_STATE] &= STATE_REPLACING & STATE_DELETED;
                        s->var[i].live = false;
                }
}

int uefi_unset(struct uefi_store *s, const struct uefi_guid *guid, const char *name, struct error *err)
{
        if (!uefi_find(s, guid, name))
                return 0;
        drop(s, guid, name);
        s->changed = true;
        return read_vars(s, err);
}

int uefi_set(struct uefi_store *s, const struct uefi_guid *guid, const char *name, uint32_t attributes,
             const void *data, size_t len, struct error *err)
{
        const struct uefi_var *old = uefi_find(s, guid, name);
        size_t need = aligned(VAR_LEN + 2 * (strlen(name) + 1) + len);
        size_t room = s->end - s->begin, packed = packed_size(s, old);

        if (old && old->data_len == len && memcmp(s->file + old->data, data, len) == 0)
                return 0;
        if (packed > room || need > room - packed)
                return error_set(err, ENOSPC, "no room for %s in the firmware's variables", name);
        if (old) {
                attributes = uefi_u32(s->file + old->at + VAR_ATTRIBUTES);
                drop(s, guid, name);
        }
        s->changed = true;
        if (need > s->end - s->used || !tail_erased(s))
                pack(s);
        append(s, guid, name, attributes, data, len);
        return read_vars(s, err);
}
