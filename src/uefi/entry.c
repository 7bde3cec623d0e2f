/* Reading boot entries and the device paths in them; see entry.h. */
#include "uefi/entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"

#define LOAD_ACTIVE 0x1
#define LOAD_HIDDEN 0x8
#define LOAD_HEADER 6     /* attributes, length of the device path */
#define ORDER_MAX   65536 /* entries have 16-bit numbers */

/* Types of device path nodes, type and subtype in one number. */
#define NODE(type, sub) ((type) << 8 | (sub))
enum {
        NODE_PCI = NODE(0x01, 0x01),
        NODE_URI = NODE(0x03, 0x18),
        NODE_FILE = NODE(0x04, 0x04),
        NODE_FIRMWARE_FILE = NODE(0x04, 0x06),
        NODE_END = NODE(0x7f, 0xff),
};

static void put_utf8(struct strbuf *b, uint32_t c)
{
        if (c < 0x20 || (c >= 0x7f && c < 0xa0))
                strbuf_putc(b, '?');
        else if (c < 0x80)
                strbuf_putc(b, (char)c);
        else if (c < 0x800)
                strbuf_printf(b, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
        else if (c < 0x10000)
                strbuf_printf(b, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 0x3f), 0x80 | (c & 0x3f));
        else
                strbuf_printf(b, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 0x3f), 0x80 | (c >> 6 & 0x3f),
                              0x80 | (c & 0x3f));
}

/* UTF-16LE text to its NUL or to len bytes, fit for a line. */
static char *text_of(const uint8_t *p, size_t len)
{
        struct strbuf b = {0};

        for (size_t i = 0; i + 2 <= len && uefi_u16(p + i); i += 2) {
                uint32_t c = uefi_u16(p + i);
                bool pair = c >= 0xd800 && c < 0xdc00 && i + 4 <= len && (uefi_u16(p + i + 2) >> 10) == 0x37;

                if (pair) {
                        c = 0x10000 + ((c & 0x3ff) << 10 | (uefi_u16(p + i + 2) & 0x3ff));
                        i += 2;
                } else if (c >= 0xd800 && c < 0xe000) {
                        c = 0xfffd; /* half a pair */
                }
                put_utf8(&b, c);
        }
        return strbuf_take(&b);
}

/* The nodes of the device path say what is started; URI and PCI count more than what is found there. */
static int read_path(struct uefi_entry *e, const uint8_t *p, size_t len)
{
        bool pci = false, uri = false, app = false;

        for (size_t n; len >= 4 && NODE(p[0], p[1]) != NODE_END; p += n, len -= n) {
                n = uefi_u16(p + 2);
                if (n < 4 || n > len)
                        return -EINVAL;
                switch (NODE(p[0], p[1])) {
                case NODE_PCI:
                        if (n != 6)
                                return -EINVAL;
                        e->bridged = pci;
                        e->function = p[4];
                        e->slot = p[5];
                        pci = true;
                        break;
                case NODE_URI:
                        uri = true;
                        break;
                case NODE_FIRMWARE_FILE:
                        if (n != 20)
                                return -EINVAL;
                        uefi_guid_text((const struct uefi_guid *)(p + 4), e->guid);
                        app = true;
                        break;
                case NODE_FILE:
                        free(e->path);
                        e->path = text_of(p + 4, n - 4);
                        if (!e->path)
                                return -ENOMEM;
                        break;
                }
        }
        e->kind = pci && uri ? UEFI_HTTP : pci ? UEFI_PCI : app ? UEFI_APP : e->path ? UEFI_PATH : UEFI_OTHER;
        return 0;
}

/* A load option: attributes, length of the path, description, path. */
static int read_entry(const uint8_t *p, size_t len, struct uefi_entry *e)
{
        size_t text = LOAD_HEADER, path_len;
        uint32_t attributes;

        if (len < LOAD_HEADER)
                return -EINVAL;
        attributes = uefi_u32(p);
        path_len = uefi_u16(p + 4);
        while (text + 2 <= len && uefi_u16(p + text))
                text += 2;
        text += 2;
        if (text > len || path_len > len - text)
                return -EINVAL;
        e->active = attributes & LOAD_ACTIVE;
        e->hidden = attributes & LOAD_HIDDEN;
        e->description = text_of(p + LOAD_HEADER, text - LOAD_HEADER);
        return e->description ? read_path(e, p + text, path_len) : -ENOMEM;
}

static void entry_clear(struct uefi_entry *e)
{
        free(e->path);
        free(e->description);
}

/* BootXXXX, four hexadecimal digits; -1 for any other name. */
static long entry_number(const char *name)
{
        if (strlen(name) != 8 || !str_starts(name, "Boot") || strspn(name + 4, "0123456789ABCDEF") != 4)
                return -1;
        return strtol(name + 4, NULL, 16);
}

static int compare_entries(const void *a, const void *b)
{
        const struct uefi_entry *x = a, *y = b;

        return (int)x->number - (int)y->number;
}

static int read_entries(const struct uefi_store *s, struct uefi_entries *ret)
{
        for (size_t i = 0; i < s->n_var; i++) {
                const struct uefi_var *v = &s->var[i];
                struct uefi_entry e = {0}, *grown;
                char name[16];
                int r;

                if (!uefi_var_name(s, v, &uefi_global, name, sizeof(name)) || entry_number(name) < 0)
                        continue;
                e.number = (uint16_t)entry_number(name);
                r = read_entry(s->file + v->data, v->data_len, &e);
                grown = r < 0 ? NULL : reallocarray(ret->entry, ret->n + 1, sizeof(*grown));
                if (!grown) {
                        entry_clear(&e);
                        if (r == -EINVAL)
                                continue;
                        return -ENOMEM;
                }
                ret->entry = grown;
                ret->entry[ret->n++] = e;
        }
        if (ret->n > 1)
                qsort(ret->entry, ret->n, sizeof(*ret->entry), compare_entries);
        return 0;
}

static int read_order(const struct uefi_store *s, struct uefi_entries *ret)
{
        const struct uefi_var *v = uefi_find(s, &uefi_global, "BootOrder");
        _cleanup_free_ uint8_t *seen = calloc(ORDER_MAX, 1);

        if (!seen)
                return -ENOMEM;
        if (!v || v->data_len < 2)
                return 0;
        ret->order = calloc(v->data_len / 2, sizeof(*ret->order));
        if (!ret->order)
                return -ENOMEM;
        for (size_t i = 0; i + 2 <= v->data_len; i += 2) {
                uint16_t number = uefi_u16(s->file + v->data + i);

                if (!seen[number])
                        ret->order[ret->n_order++] = number;
                seen[number] = 1;
        }
        return 0;
}

int uefi_entries_read(const struct uefi_store *store, struct uefi_entries *ret, struct error *err)
{
        const struct uefi_var *next = uefi_find(store, &uefi_global, "BootNext");
        int r;

        *ret = (struct uefi_entries){.next = -1};
        if (next && next->data_len == 2)
                ret->next = uefi_u16(store->file + next->data);
        r = read_entries(store, ret);
        if (r == 0)
                r = read_order(store, ret);
        if (r < 0)
                uefi_entries_clear(ret);
        return r < 0 ? error_nomem(err) : 0;
}

void uefi_entries_clear(struct uefi_entries *entries)
{
        for (size_t i = 0; i < entries->n; i++)
                entry_clear(&entries->entry[i]);
        free(entries->entry);
        free(entries->order);
        *entries = (struct uefi_entries){.next = -1};
}

const char *uefi_kind_name(enum uefi_kind kind)
{
        static const char *const names[UEFI_KINDS] = {"other", "pci", "http", "app", "path"};

        return names[kind];
}

char *uefi_entry_value(const struct uefi_entry *e)
{
        struct strbuf b = {0};

        if (e->kind == UEFI_PCI || e->kind == UEFI_HTTP)
                strbuf_printf(&b, "%u.%u%s", e->slot, e->function, e->bridged ? " behind a bridge" : "");
        else if (e->kind == UEFI_APP)
                strbuf_puts(&b, e->guid);
        else if (e->kind == UEFI_PATH)
                strbuf_puts(&b, e->path);
        return strbuf_take(&b);
}
