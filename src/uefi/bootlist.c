/* From names of devices to boot entries, and from there to BootOrder and BootNext; see bootlist.h. */
#include "uefi/bootlist.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define SHELL       "7c04a583-9e3e-4f1c-ad65-e05268d0b4d1"
#define NAME_LEN    64
#define BOOT_TO_FW  1 /* bit 0 of OsIndications: stop in the firmware's menus */
#define INDICATIONS 8 /* bytes of OsIndications */

/* Entry numbers, each once. */
struct numbers {
        uint16_t *v;
        size_t n;
};

static int add_number(struct numbers *list, uint16_t number)
{
        uint16_t *grown;

        for (size_t i = 0; i < list->n; i++)
                if (list->v[i] == number)
                        return 0;
        grown = reallocarray(list->v, list->n + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        list->v = grown;
        list->v[list->n++] = number;
        return 0;
}

/* What one name asks for. */
struct wanted {
        enum uefi_kind kind; /* UEFI_OTHER: an entry number */
        unsigned number;     /* of the entry, or which of its kind */
        const struct machine_device *device;
};

/* WORD or WORDn: n, 0 without digits; -1 for any other name. */
static long numbered(const char *name, const char *word)
{
        const char *digits = name + strlen(word);

        if (!str_starts(name, word) || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 5)
                return -1;
        return *digits ? strtol(digits, NULL, 10) : 0;
}

/* Device names with the number that they leave out; net may say its protocol. */
static bool want_device(const struct machine *m, char *name, struct wanted *w)
{
        char *protocol = str_starts(name, "net") ? strchr(name, '=') : NULL;
        char full[NAME_LEN + 2];

        w->kind = protocol && strcmp(protocol, "=http") == 0 ? UEFI_HTTP : UEFI_PCI;
        if (protocol)
                *protocol = '\0';
        snprintf(full, sizeof(full), "%s", name);
        if (strcmp(name, "disk") == 0 || strcmp(name, "cdrom") == 0 || strcmp(name, "net") == 0)
                snprintf(full, sizeof(full), "%s0", name);
        w->device = machine_boot_device(m, full);
        return w->device && w->device->addr.bus == 0;
}

static bool want(const struct machine *m, char *name, struct wanted *w)
{
        *w = (struct wanted){0};
        if (strcmp(name, "shell") == 0) {
                w->kind = UEFI_APP;
                return true;
        }
        if (numbered(name, "path") >= 0) {
                w->kind = UEFI_PATH;
                w->number = (unsigned)numbered(name, "path");
                return true;
        }
        if (isdigit((unsigned char)name[strlen(name) - 1]) && numbered(name, "boot") >= 0) {
                w->number = (unsigned)numbered(name, "boot");
                return true;
        }
        return want_device(m, name, w);
}

/* nth counts the entries of the kind that were seen before. */
static bool answers(const struct uefi_entry *e, const struct wanted *w, unsigned *nth)
{
        if (w->kind == UEFI_OTHER)
                return e->number == w->number;
        if (e->kind != w->kind)
                return false;
        switch (e->kind) {
        case UEFI_APP:
                return strcmp(e->guid, SHELL) == 0;
        case UEFI_PATH:
                return (*nth)++ == w->number;
        default:
                return !e->bridged && e->slot == w->device->addr.slot &&
                       e->function == w->device->addr.function;
        }
}

/* Every entry that answers: an adapter has one for each version of IP. */
static int find(const struct uefi_entries *entries, const struct machine *m, char *name, struct numbers *ret)
{
        struct wanted w;
        unsigned nth = 0;
        int r = 0;

        if (!want(m, name, &w))
                return 0;
        for (size_t i = 0; i < entries->n && r == 0; i++)
                if (entries->entry[i].active && !entries->entry[i].hidden &&
                    answers(&entries->entry[i], &w, &nth))
                        r = add_number(ret, entries->entry[i].number);
        return r;
}

/* Every device of the kinds that the letters stand for; to disks belongs what a system has entered itself. */
static int find_letters(const struct uefi_entries *entries, const struct machine *m, const char *letters,
                        struct numbers *ret)
{
        char loader[] = "path0";
        int r = 0;

        for (const char *p = letters; *p && r == 0; p++) {
                if (*p == 'c')
                        r = find(entries, m, loader, ret);
                for (const struct machine_device *d = NULL; r == 0 && (d = machine_boot_next(m, *p, d));) {
                        char name[NAME_LEN];

                        if (machine_boot_name(m, d, name, sizeof(name)))
                                r = find(entries, m, name, ret);
                }
        }
        return r;
}

static int find_all(const struct uefi_entries *entries, const struct machine *m, const char *list,
                    struct numbers *ret, struct error *err)
{
        bool letters = machine_boot_letters(list);
        int r = letters ? find_letters(entries, m, list, ret) : 0;

        for (const char *p = list; *p && r == 0 && !letters;) {
                size_t n = strcspn(p, ",");
                char name[NAME_LEN];

                if (n > 0 && n < sizeof(name)) {
                        memcpy(name, p, n);
                        name[n] = '\0';
                        r = find(entries, m, name, ret);
                }
                p += n + (p[n] == ',');
        }
        if (r < 0)
                return error_nomem(err);
        if (ret->n == 0)
                return error_set(err, ENOENT, "the firmware has no boot entry for %s yet", list);
        return 0;
}

static int set_numbers(struct uefi_store *s, const char *name, const uint16_t *number, size_t n,
                       struct error *err)
{
        _cleanup_free_ uint8_t *data = calloc(n, 2);

        if (!data)
                return error_nomem(err);
        for (size_t i = 0; i < n; i++) {
                data[2 * i] = (uint8_t)number[i];
                data[2 * i + 1] = (uint8_t)(number[i] >> 8);
        }
        return uefi_set(s, &uefi_global, name, UEFI_BOOT_VARIABLES, data, 2 * n, err);
}

int uefi_set_boot_order(struct uefi_store *store, const struct machine *m, const char *list,
                        struct error *err)
{
        _cleanup_entries_ struct uefi_entries entries = {0};
        struct numbers order = {0};
        int r = uefi_entries_read(store, &entries, err);

        if (r == 0)
                r = find_all(&entries, m, list, &order, err);
        for (size_t i = 0; i < entries.n_order && r == 0; i++)
                if (add_number(&order, entries.order[i]) < 0)
                        r = error_nomem(err);
        if (r == 0)
                r = set_numbers(store, "BootOrder", order.v, order.n, err);
        free(order.v);
        return r;
}

/* The firmware clears the bit itself when it has obeyed. */
static int boot_to_firmware(struct uefi_store *s, struct error *err)
{
        const struct uefi_var *v = uefi_find(s, &uefi_global, "OsIndications");
        uint8_t data[INDICATIONS] = {0};

        if (v && v->data_len == sizeof(data))
                memcpy(data, s->file + v->data, sizeof(data));
        data[0] |= BOOT_TO_FW;
        return uefi_set(s, &uefi_global, "OsIndications", UEFI_BOOT_VARIABLES, data, sizeof(data), err);
}

int uefi_set_boot_next(struct uefi_store *store, const struct machine *m, const char *list, struct error *err)
{
        _cleanup_entries_ struct uefi_entries entries = {0};
        struct numbers next = {0};
        int r;

        if (strcmp(list, "firmware") == 0)
                return boot_to_firmware(store, err);
        r = uefi_entries_read(store, &entries, err);
        if (r == 0)
                r = find_all(&entries, m, list, &next, err);
        if (r == 0)
                r = set_numbers(store, "BootNext", next.v, 1, err);
        free(next.v);
        return r;
}

/* The name of the device at the entry's place; false if the machine has none there. */
static bool device_name(const struct machine *m, const struct uefi_entry *e, char *ret, size_t size)
{
        for (size_t i = 0; i < m->n_device; i++) {
                const struct machine_device *d = &m->device[i];

                if (!e->bridged && d->addr.bus == 0 && d->addr.slot == e->slot &&
                    d->addr.function == e->function && machine_boot_name(m, d, ret, size)) {
                        size_t n = strlen(ret);

                        if (e->kind == UEFI_HTTP)
                                snprintf(ret + n, size - n, "=http");
                        return true;
                }
        }
        return false;
}

int uefi_each_name(const struct uefi_entries *entries, const struct machine *m,
                   int (*f)(const char *name, const struct uefi_entry *entry, void *arg), void *arg)
{
        unsigned paths = 0;
        int r = 0;

        for (size_t i = 0; i < entries->n && r == 0; i++) {
                const struct uefi_entry *e = &entries->entry[i];
                char name[NAME_LEN];

                if (!e->active || e->hidden)
                        continue;
                snprintf(name, sizeof(name), "boot%u", e->number);
                r = f(name, e, arg);
                if (e->kind == UEFI_PATH)
                        snprintf(name, sizeof(name), "path%u", paths++);
                else if (e->kind == UEFI_APP && strcmp(e->guid, SHELL) == 0)
                        snprintf(name, sizeof(name), "shell");
                else if ((e->kind != UEFI_PCI && e->kind != UEFI_HTTP) ||
                         !device_name(m, e, name, sizeof(name)))
                        continue;
                if (r == 0)
                        r = f(name, e, arg);
        }
        return r;
}
