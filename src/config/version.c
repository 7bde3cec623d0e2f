/* The version of a configuration; see version.h. */
#include "config/version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "config/schema.h"
#include "config/tree.h"

#define MARK "config-version"

static const char *mark(const struct config *cfg)
{
        const struct xml_extra *extra = cfg->global->extra;

        for (size_t i = 0; extra && i < extra->n_attr; i++)
                if (strcmp(extra->attr[i].name, MARK) == 0)
                        return extra->attr[i].value;
        return NULL;
}

static bool is_addition(const struct resource *res, const struct property *p)
{
        return (res->def->flags & RES_RFD121) || (p->def->flags & PROP_RFD121);
}

static bool has_additions(const struct resource *res)
{
        for (size_t i = 0; i < res->n_prop; i++)
                if (is_addition(res, &res->prop[i]))
                        return true;
        return res->def->flags & RES_RFD121;
}

int config_version(const struct config *cfg, struct error *err)
{
        const char *said = mark(cfg);
        bool resources = has_additions(cfg->global);

        if (said && strcmp(said, "1") != 0 && strcmp(said, "2") != 0)
                return error_set(err, EINVAL, MARK " %.64s: this zonecfg knows 1 and 2", said);
        for (size_t i = 0; i < cfg->n_res && !resources; i++)
                resources = has_additions(cfg->res[i]);
        return resources || streq_null(said, "2") ? CONFIG_VERSION_RESOURCES : CONFIG_VERSION_ATTRIBUTES;
}

static void drop_mark(struct config *cfg)
{
        struct xml_extra *extra = cfg->global->extra;

        for (size_t i = 0; extra && i < extra->n_attr; i++)
                if (strcmp(extra->attr[i].name, MARK) == 0) {
                        free(extra->attr[i].name);
                        free(extra->attr[i].value);
                        extra->n_attr--;
                        memmove(&extra->attr[i], &extra->attr[i + 1],
                                (extra->n_attr - i) * sizeof(extra->attr[0]));
                        return;
                }
}

int config_set_version(struct config *cfg, int version, struct error *err)
{
        struct member m = {strdup(MARK), strdup("2")}, *grown = NULL;
        struct xml_extra *extra;

        drop_mark(cfg);
        if (version == CONFIG_VERSION_RESOURCES && m.name && m.value) {
                if (!cfg->global->extra)
                        cfg->global->extra = calloc(1, sizeof(*cfg->global->extra));
                extra = cfg->global->extra;
                grown = extra ? reallocarray(extra->attr, extra->n_attr + 1, sizeof(*grown)) : NULL;
                if (grown) {
                        extra->attr = grown;
                        grown[extra->n_attr++] = m;
                        return 0;
                }
        }
        free(m.name);
        free(m.value);
        return version == CONFIG_VERSION_RESOURCES ? error_nomem(err) : 0;
}

/* "device /dev/x", "lpc", "smbios 1": the resource by its first key. */
static void put_name(struct strbuf *b, const struct resource *res)
{
        const char *key = NULL;

        for (size_t i = 0; i < res->def->n_prop && !key; i++)
                if (res->def->prop[i].flags & PROP_KEY)
                        key = resource_get(res, res->def->prop[i].name);
        strbuf_puts(b, res->def->flags & RES_GLOBAL ? "zone" : res->def->name);
        if (key)
                strbuf_printf(b, " %s", key);
}

static int add_additions(const struct resource *res, struct problems *ret)
{
        struct strbuf b = {0};
        const char *before = ": ";
        int r;

        if (!has_additions(res))
                return 0;
        put_name(&b, res);
        for (size_t i = 0; i < res->n_prop; i++) {
                const struct property_def *def = res->prop[i].def;

                if (!is_addition(res, &res->prop[i]) || (def->flags & PROP_KEY))
                        continue;
                strbuf_printf(&b, "%s%s", before, def->name);
                before = ", ";
        }
        r = b.failed ? -ENOMEM : problems_add(ret, "%s", b.data);
        strbuf_free(&b);
        return r;
}

int config_additions(const struct config *cfg, struct problems *ret)
{
        int r = add_additions(cfg->global, ret);

        for (size_t i = 0; i < cfg->n_res && r == 0; i++)
                r = add_additions(cfg->res[i], ret);
        return r;
}
