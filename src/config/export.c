/* What export prints: a script that recreates the zone (zones-tools.md 1.12). */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/alias.h"
#include "config/edit.h"
#include "config/print.h"
#include "config/tree.h"

/* Characters that end or change an unquoted word. */
#define SPECIAL " \t;=[]()"

/* The elements of virtual resources come before the rctls: once those are there, "add" would refuse them. */
static const char *const order[] = {"fs",   "net",     "device",        "disk",       "pci",
                                    "lpc",  "smbios",  "capped-memory", "capped-cpu", "rctl",
                                    "attr", "dataset", "dedicated-cpu", "admin",      "security-flags"};

static const char *const net_order[] = {"address", "allowed-address", "physical", "mac-addr",
                                        "vlan-id", "global-nic",      "defrouter"};

static bool is_number(const struct property_def *def)
{
        return def->type == TYPE_UINT || def->type == TYPE_NCPUS || def->type == TYPE_SIZE ||
               def->type == TYPE_DECIMAL;
}

static void put_property(struct strbuf *b, const struct resource *res, const struct property_def *def)
{
        const struct property *p = resource_prop(res, def->name);

        if (!p)
                return;
        if (p->simple && is_number(def))
                strbuf_printf(b, "set %s=%s\n", def->name, p->simple);
        else if (p->simple)
                strbuf_printf(b, "set %s=\"%s\"\n", def->name, p->simple);
        for (size_t i = 0; i < p->n; i++) {
                strbuf_printf(b, "add %s ", def->name);
                if (p->items)
                        print_word(b, p->items[i], SPECIAL ",");
                else
                        print_tuple(b, def, &p->tuple[i]);
                strbuf_putc(b, '\n');
        }
}

static bool in_net_order(const struct property_def *def)
{
        for (size_t i = 0; i < ARRAY_SIZE(net_order); i++)
                if (strcmp(net_order[i], def->name) == 0)
                        return true;
        return false;
}

static void put_resource(struct strbuf *b, const struct resource *res)
{
        bool net = strcmp(res->def->name, "net") == 0;

        strbuf_printf(b, "add %s\n", res->def->name);
        for (size_t i = 0; net && i < ARRAY_SIZE(net_order); i++)
                put_property(b, res, schema_property(res->def, net_order[i]));
        for (size_t i = 0; i < res->def->n_prop; i++)
                if (!net || !in_net_order(&res->def->prop[i]))
                        put_property(b, res, &res->def->prop[i]);
        strbuf_puts(b, "end\n");
}

static void put_global(struct strbuf *b, const struct config *cfg)
{
        const struct resource_def *def = schema_global();

        for (size_t i = 0; i < def->n_prop; i++) {
                const struct property_def *p = &def->prop[i];
                const char *value = config_global(cfg, p->name);

                if (p->type == TYPE_ZONE_NAME || (p->flags & PROP_ALIAS) || !value || !*value)
                        continue;
                if (p->type == TYPE_BRAND_NAME && strcmp(value, "native") == 0)
                        continue;
                strbuf_printf(b, "set %s=", p->name);
                print_word(b, value, SPECIAL "#");
                strbuf_putc(b, '\n');
        }
}

char *config_export(const struct config *cfg)
{
        struct strbuf b = {0};

        strbuf_puts(&b, "create -b\n");
        put_global(&b, cfg);
        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                const struct resource_def *def = schema_resource(order[i]);

                for (size_t k = 0; k < cfg->n_res; k++)
                        if (cfg->res[k]->def == def)
                                put_resource(&b, cfg->res[k]);
        }
        return strbuf_take(&b);
}
