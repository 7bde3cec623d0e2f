/*
 * What the firmware tells the guest about the machine (-B).  Type 1 is always there; an smbios resource
 * replaces single fields of it, or adds another type.
 */
#include <string.h>

#include "base/cleanup.h"
#include "machine/builder.h"

static const char *const fields[4][10] = {
    {"vendor", "version", "date", NULL},
    {"manufacturer", "product", "version", "serial", "sku", "family", "uuid", NULL},
    {"manufacturer", "product", "version", "serial", "asset", NULL},
    {"manufacturer", "version", "serial", "asset", "sku", NULL},
};

struct field {
        const char *name, *value;
};

static void set_field(struct field *list, size_t *n, size_t max, const char *name, const char *value)
{
        for (size_t i = 0; i < *n; i++)
                if (strcmp(list[i].name, name) == 0) {
                        list[i].value = value;
                        return;
                }
        if (*n < max)
                list[(*n)++] = (struct field){name, value};
}

static bool said_before(const struct property *p, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (streq_null(complex_get(&p->tuple[i], "name"), name))
                        return true;
        return false;
}

static void read_fields(struct builder *b, const struct resource *res, unsigned type, struct field *list,
                        size_t *n, size_t max)
{
        const struct property *p = resource_prop(res, "field");

        for (size_t i = 0; p && i < p->n; i++) {
                const char *name = str_empty(complex_get(&p->tuple[i], "name"));
                const char *value = str_empty(complex_get(&p->tuple[i], "value"));

                if (!word_in(name, fields[type]))
                        problem(b, "smbios type %u: there is no field %s", type, name);
                else if (said_before(p, i, name))
                        problem(b, "smbios type %u: field %s appears more than once", type, name);
                else if (!*value || strchr(value, ',') || !str_printable(value))
                        problem(b, "smbios type %u field %s: %s has a comma or is empty", type, name, value);
                else if (strcmp(name, "uuid") == 0 && !uuid_valid(value))
                        problem(b, "smbios type %u field uuid: %s is no UUID", type, value);
                else
                        set_field(list, n, max, name, value);
        }
}

static void emit(struct builder *b, unsigned type, const struct field *list, size_t n)
{
        struct strbuf text = {0};

        strbuf_printf(&text, "%u", type);
        for (size_t i = 0; i < n; i++)
                strbuf_printf(&text, ",%s=%s", list[i].name, list[i].value);
        strv_consume(&b->m->smbios, strbuf_take(&text));
}

void build_smbios(struct builder *b)
{
        const struct machine *m = b->m;
        const char *serial = m->uuid;
        struct field system[8] = {
            {"manufacturer", "Apiary"},
            {"product", "Apiary HVM"},
            {"version", "1.0"},
            {"serial", NULL},
            {"sku", "001"},
            {"family", "Virtual Machine"},
        };
        const struct resource *res = NULL;
        bool seen[4] = {false};
        size_t n = 6;

        /* cloud-init finds its data source in the serial number. */
        if (m->cloud_init_seed)
                serial = keepf(b, "ds=nocloud;i=%s", m->uuid);
        else if (m->cloud_init)
                serial = keepf(b, "ds=nocloud-net;s=%s;i=%s", m->cloud_init, m->uuid);
        set_field(system, &n, ARRAY_SIZE(system), "serial", serial);
        for (bool others = false;; others = true) {
                while ((res = config_next(b->cfg, "smbios", res))) {
                        const char *text = str_empty(resource_get(res, "type"));
                        unsigned type = (unsigned)(text[0] - '0');
                        struct field list[8];
                        size_t k = 0;

                        if (text[0] < '0' || text[0] > '3' || text[1]) {
                                if (!others)
                                        problem(b, "smbios type %s: 0, 1, 2 or 3 is needed", text);
                                continue;
                        }
                        if (!others && seen[type])
                                problem(b, "smbios type %u appears more than once", type);
                        seen[type] = true;
                        if (!others && type == 1)
                                read_fields(b, res, type, system, &n, ARRAY_SIZE(system));
                        if (others && type != 1) {
                                read_fields(b, res, type, list, &k, ARRAY_SIZE(list));
                                emit(b, type, list, k);
                        }
                }
                if (others)
                        break;
                emit(b, 1, system, n);
        }
}
