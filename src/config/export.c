/*
 * What export prints: a script that recreates the zone (zones-tools.md 1.12).
 *
 * The language has no escapes: no word and no quoted text can hold a double quote, and none a line break.
 * XML can, and so can JSON.  Such a value is left out, with the resource when that needs it, and a comment
 * stands in its place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/alias.h"
#include "config/edit.h"
#include "config/print.h"
#include "config/rules.h"
#include "config/tree.h"

/* Characters that end or change an unquoted word. */
#define SPECIAL " \t;=[]()"

/* The elements of virtual resources come before the rctls: once those are there, "add" would refuse them. */
static const char *const order[] = {"fs",   "net",     "device",        "disk",       "pci",
                                    "lpc",  "smbios",  "capped-memory", "capped-cpu", "rctl",
                                    "attr", "dataset", "dedicated-cpu", "admin",      "security-flags"};

static const char *const net_order[] = {"address", "allowed-address", "physical", "mac-addr",
                                        "vlan-id", "global-nic",      "defrouter"};

struct exporter {
        struct strbuf b;
        struct problems *left_out; /* NULL: the comments are enough */
        const struct resource *res;
};

static bool is_number(const struct property_def *def)
{
        return def->type == TYPE_UINT || def->type == TYPE_NCPUS || def->type == TYPE_SIZE ||
               def->type == TYPE_DECIMAL;
}

static bool sayable(const char *value)
{
        for (const unsigned char *p = (const unsigned char *)value; *p; p++)
                if (*p == '"' || (*p < 0x20 && *p != '\t') || *p == 0x7f)
                        return false;
        return true;
}

static bool tuple_sayable(const struct complex *value)
{
        for (size_t i = 0; i < value->n; i++)
                if (!sayable(value->member[i].value))
                        return false;
        return true;
}

static bool item_sayable(const struct property *p, size_t i)
{
        return p->items ? sayable(p->items[i]) : tuple_sayable(&p->tuple[i]);
}

static bool property_sayable(const struct property *p)
{
        for (size_t i = 0; i < p->n; i++)
                if (!item_sayable(p, i))
                        return false;
        return !p->simple || sayable(p->simple);
}

static int drop_unsayable(struct resource *rest, const struct property *p)
{
        int r = 0;

        if (p->simple && !sayable(p->simple)) {
                resource_drop(rest, p->def);
                return 0;
        }
        for (size_t i = 0; i < p->n && r == 0; i++)
                if (!item_sayable(p, i))
                        r = p->items ? resource_remove_item(rest, p->def->name, p->items[i], NULL)
                                     : resource_remove_tuple(rest, p->def->name, &p->tuple[i], NULL);
        return r;
}

/* Would "end" take what is left without that which cannot be said, and for the same resource? */
static bool resource_sayable(struct exporter *e)
{
        _cleanup_(resource_freep) struct resource *rest = NULL;
        bool all = true;

        for (size_t i = 0; i < e->res->n_prop; i++)
                if (!property_sayable(&e->res->prop[i])) {
                        if (e->res->prop[i].def->flags & PROP_KEY)
                                return false;
                        all = false;
                }
        if (all)
                return true;
        rest = resource_copy(e->res);
        for (size_t i = 0; rest && i < e->res->n_prop; i++)
                if (drop_unsayable(rest, &e->res->prop[i]) == -ENOMEM)
                        e->b.failed = true;
        if (!rest)
                e->b.failed = true;
        return rest && rules_complete(rest, NULL) == 0;
}

static const char *first_key(const struct resource *res)
{
        for (size_t i = 0; i < res->def->n_prop; i++)
                if (res->def->prop[i].flags & PROP_KEY)
                        return resource_get(res, res->def->prop[i].name);
        return NULL;
}

/* "attr motd: value=say "hi"", on one line whatever is in it. */
static char *name_of(const struct resource *res, const char *prop, const char *value)
{
        const char *key = first_key(res);
        struct strbuf b = {0};
        char *text;

        if (!(res->def->flags & RES_GLOBAL))
                strbuf_printf(&b, "%s%s%s: ", res->def->name, key ? " " : "", str_empty(key));
        strbuf_printf(&b, "%s%s%s", prop, value ? "=" : "", str_empty(value));
        text = strbuf_take(&b);
        for (char *p = text; p && *p; p++)
                if ((unsigned char)*p < 0x20 || *p == 0x7f)
                        *p = '?';
        return text;
}

static void leave_out(struct exporter *e, const char *prop, const char *value)
{
        _cleanup_free_ char *with = name_of(e->res, prop, value), *without = name_of(e->res, prop, NULL);

        if (!with || !without ||
            (e->left_out && problems_add(e->left_out,
                                         "%s holds a double quote or a line break, which no script "
                                         "can say",
                                         without) < 0))
                e->b.failed = true;
        else
                strbuf_printf(&e->b, "# left out: %s\n", with);
}

static void put_simple(struct exporter *e, const struct property *p)
{
        if (!sayable(p->simple)) {
                leave_out(e, p->def->name, p->simple);
                return;
        }
        strbuf_printf(&e->b, "set %s=", p->def->name);
        if (is_number(p->def))
                print_word(&e->b, p->simple, SPECIAL);
        else
                strbuf_printf(&e->b, "\"%s\"", p->simple);
        strbuf_putc(&e->b, '\n');
}

/* The members of a complex value that cannot be said, as they would stand in the script. */
static void leave_out_item(struct exporter *e, const struct property *p, size_t i)
{
        struct strbuf text = {0};

        if (p->items)
                strbuf_puts(&text, p->items[i]);
        else
                print_tuple(&text, p->def, &p->tuple[i]);
        if (text.failed)
                e->b.failed = true;
        else
                leave_out(e, p->def->name, str_empty(text.data));
        strbuf_free(&text);
}

static void put_item(struct exporter *e, const struct property *p, size_t i)
{
        strbuf_printf(&e->b, "add %s ", p->def->name);
        if (p->items)
                print_word(&e->b, p->items[i], SPECIAL ",");
        else
                print_tuple(&e->b, p->def, &p->tuple[i]);
        strbuf_putc(&e->b, '\n');
}

static void put_property(struct exporter *e, const struct property_def *def)
{
        const struct property *p = resource_prop(e->res, def->name);

        if (p && p->simple)
                put_simple(e, p);
        for (size_t i = 0; p && i < p->n; i++)
                if (item_sayable(p, i))
                        put_item(e, p, i);
                else
                        leave_out_item(e, p, i);
}

/* Nothing of the resource but what cannot be said. */
static void leave_out_resource(struct exporter *e)
{
        for (size_t i = 0; i < e->res->n_prop; i++) {
                const struct property *p = &e->res->prop[i];

                if (p->simple && !sayable(p->simple))
                        leave_out(e, p->def->name, p->simple);
                for (size_t k = 0; k < p->n; k++)
                        if (!item_sayable(p, k))
                                leave_out_item(e, p, k);
        }
}

static bool in_net_order(const struct property_def *def)
{
        for (size_t i = 0; i < ARRAY_SIZE(net_order); i++)
                if (strcmp(net_order[i], def->name) == 0)
                        return true;
        return false;
}

static void put_resource(struct exporter *e)
{
        const struct resource_def *def = e->res->def;
        bool net = strcmp(def->name, "net") == 0;

        if (!resource_sayable(e)) {
                leave_out_resource(e);
                return;
        }
        strbuf_printf(&e->b, "add %s\n", def->name);
        for (size_t i = 0; net && i < ARRAY_SIZE(net_order); i++)
                put_property(e, schema_property(def, net_order[i]));
        for (size_t i = 0; i < def->n_prop; i++)
                if (!net || !in_net_order(&def->prop[i]))
                        put_property(e, &def->prop[i]);
        strbuf_puts(&e->b, "end\n");
}

/* The global zone is always there: its script does not begin it. */
static bool is_host(const struct config *cfg)
{
        return strcmp(cfg->name, "global") == 0;
}

static void put_global(struct exporter *e, const struct config *cfg)
{
        const struct resource_def *def = schema_global();
        bool host = is_host(cfg);

        e->res = cfg->global;
        for (size_t i = 0; i < def->n_prop; i++) {
                const struct property_def *p = &def->prop[i];
                const char *value = config_global(cfg, p->name);

                if ((p->flags & PROP_NOT_IN_GLOBAL_ZONE) && host)
                        continue;
                if (p->type == TYPE_ZONE_NAME || (p->flags & PROP_ALIAS) || !value || !*value)
                        continue;
                if (p->type == TYPE_BRAND_NAME && strcmp(value, "native") == 0)
                        continue;
                if (!sayable(value)) {
                        leave_out(e, p->name, value);
                        continue;
                }
                strbuf_printf(&e->b, "set %s=", p->name);
                print_word(&e->b, value, SPECIAL "#");
                strbuf_putc(&e->b, '\n');
        }
}

char *config_export(const struct config *cfg, struct problems *left_out)
{
        struct exporter e = {.left_out = left_out};

        strbuf_puts(&e.b, is_host(cfg) ? "" : "create -b\n");
        put_global(&e, cfg);
        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                const struct resource_def *def = schema_resource(order[i]);

                for (size_t k = 0; k < cfg->n_res; k++)
                        if (cfg->res[k]->def == def) {
                                e.res = cfg->res[k];
                                put_resource(&e);
                        }
        }
        return strbuf_take(&e.b);
}
