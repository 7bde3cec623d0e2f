/* What info prints, byte for byte (zones-tools.md 1.11). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/alias.h"
#include "config/edit.h"
#include "config/print.h"
#include "config/tree.h"

void print_word(struct strbuf *b, const char *value, const char *special)
{
        const char *quote = !*value || strpbrk(value, special) ? "\"" : "";

        strbuf_printf(b, "%s%s%s", quote, value, quote);
}

void print_tuple(struct strbuf *b, const struct property_def *def, const struct complex *value)
{
        bool limits = strcmp(def->members, "name,value") != 0;

        strbuf_putc(b, '(');
        for (size_t i = 0; i < value->n; i++) {
                const struct member *m = &value->member[i];

                strbuf_printf(b, "%s%s=", i ? "," : "", m->name);
                if (limits)
                        print_word(b, m->value, " \t,;=()");
                else if (strcmp(m->name, "value") == 0)
                        strbuf_printf(b, "\"%s\"", m->value);
                else
                        print_word(b, m->value, " \t,;=()\"");
        }
        strbuf_putc(b, ')');
}

/* An alias is shown in brackets, in the form that a person would write. */
static void put_alias(struct strbuf *b, const struct property_def *def, const char *value, const char *indent)
{
        char text[32];
        uint64_t limit;

        if (alias_parse(def, value, &limit, NULL) == 0) {
                alias_format(def, limit, text, sizeof(text));
                value = text;
        }
        strbuf_printf(b, "%s[%s: %s]\n", indent, def->name, value);
}

static void put_list(struct strbuf *b, const struct property_def *def, const struct property *p)
{
        strbuf_printf(b, "\t%s: [", def->name);
        for (size_t i = 0; p && i < p->n; i++) {
                if (i > 0)
                        strbuf_putc(b, ',');
                print_word(b, p->items[i], " \t,;=()[]");
        }
        strbuf_puts(b, "]\n");
}

static void put_property(struct strbuf *b, const struct resource *res, const struct property_def *def)
{
        const struct property *p = resource_prop(res, def->name);
        enum value_kind kind = schema_kind(def);

        if (kind == VALUE_LIST) {
                if (p || (def->flags & PROP_SHOW_UNSET))
                        put_list(b, def, p);
        } else if (kind == VALUE_COMPLEX) {
                for (size_t i = 0; p && i < p->n; i++) {
                        strbuf_printf(b, "\t%s: ", def->name);
                        print_tuple(b, def, &p->tuple[i]);
                        strbuf_putc(b, '\n');
                }
        } else if (!p || !p->simple) {
                if (def->flags & (PROP_SHOW_UNSET | PROP_REQUIRED))
                        strbuf_printf(b, "\t%s not specified\n", def->name);
        } else if (def->flags & PROP_ALIAS) {
                put_alias(b, def, p->simple, "\t");
        } else {
                const char *quote = strchr(p->simple, ' ') ? "\"" : "";

                strbuf_printf(b, "\t%s: %s%s%s\n", def->name, quote, p->simple, quote);
        }
}

static void put_resource(struct strbuf *b, const struct resource *res)
{
        strbuf_printf(b, "%s:\n", res->def->name);
        for (size_t i = 0; i < res->def->n_prop; i++)
                put_property(b, res, &res->def->prop[i]);
}

char *resource_info(const struct resource *res)
{
        struct strbuf b = {0};

        put_resource(&b, res);
        return strbuf_take(&b);
}

static void put_global(struct strbuf *b, const struct config *cfg, const struct property_def *def)
{
        _cleanup_free_ char *text = config_show_global(cfg, def->name);

        if (!text)
                return;
        if (def->flags & PROP_ALIAS)
                strbuf_printf(b, "[%s: %s]\n", def->name, text);
        else
                strbuf_printf(b, "%s: %s\n", def->name, text);
}

/* Resources of a type; returns how many were shown. */
static size_t put_type(struct strbuf *b, const struct config *cfg, const struct resource_def *def,
                       const struct member *match, size_t n)
{
        size_t shown = 0;

        if (def->flags & RES_VIRTUAL) {
                _cleanup_(resource_freep) struct resource *res = config_virtual(cfg, def);

                if (!res && config_count(cfg, def) > 0)
                        b->failed = true;
                if (res && resource_matches(res, match, n)) {
                        put_resource(b, res);
                        shown++;
                }
                return shown;
        }
        for (size_t i = 0; i < cfg->n_res; i++)
                if (cfg->res[i]->def == def && resource_matches(cfg->res[i], match, n)) {
                        put_resource(b, cfg->res[i]);
                        shown++;
                }
        return shown;
}

char *config_info(const struct config *cfg, const struct resource_def *def, const struct member *match,
                  size_t n)
{
        struct strbuf b = {0};
        size_t n_def;
        const struct resource_def *all = schema_resources(&n_def);
        const struct resource_def *global = schema_global();

        if (!global || !all)
                return NULL;
        if (def == global && n > 0) {
                const struct property_def *prop = schema_property(global, match[0].name);

                if (prop)
                        put_global(&b, cfg, prop);
        } else if (!def || def == global) {
                for (size_t i = 0; i < global->n_prop; i++)
                        put_global(&b, cfg, &global->prop[i]);
                for (size_t i = 0; !def && i < n_def; i++)
                        put_type(&b, cfg, &all[i], NULL, 0);
        } else if (put_type(&b, cfg, def, match, n) == 0 && n > 0) {
                strbuf_printf(&b, "No such %s resource.\n", def->name);
        }
        return strbuf_take(&b);
}
