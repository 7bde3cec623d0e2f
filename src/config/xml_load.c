/*
 * From XML to the tree.  The table says which element is which resource; what it does not know is kept as
 * text in xml_extra and written back.  Two things of the file have another shape in the tree: pset with
 * tmp_pool is dedicated-cpu, and mcap is the rctl that today's alias stands for.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/alias.h"
#include "config/check.h"
#include "config/edit.h"
#include "config/tree.h"
#include "xml/xml.h"

struct loader {
        struct config *cfg;
        struct resource *res;       /* the resource whose element is open */
        struct strbuf zone_unknown; /* unknown elements of the zone, and of the resource that is open */
        struct strbuf res_unknown;
        struct strbuf *unknown; /* which of the two the open one goes to */
        unsigned unknown_depth; /* its depth; 0 when none is open */
        bool tag_open;          /* its start tag still lacks the '>' */
        char *importance;       /* of tmp_pool, until pset is known */
        struct xml_extra *pool; /* and what is unknown of it */
};

static int keep_attr(struct xml_extra **where, const char *name, const char *value)
{
        struct xml_extra *extra = extra_need(where);
        struct member *grown = extra ? reallocarray(extra->attr, extra->n_attr + 1, sizeof(*grown)) : NULL;
        struct member *m;

        if (!grown)
                return -ENOMEM;
        extra->attr = grown;
        m = &extra->attr[extra->n_attr];
        *m = (struct member){strdup(name), strdup(value)};
        if (!m->name || !m->value) {
                free(m->name);
                free(m->value);
                return -ENOMEM;
        }
        extra->n_attr++;
        return 0;
}

static const struct resource_def *element_of(const char *name)
{
        size_t n;
        const struct resource_def *def = schema_resources(&n);

        for (size_t i = 0; i < n; i++)
                if (strcmp(def[i].xml, name) == 0)
                        return &def[i];
        return NULL;
}

static const struct property_def *child_of(const struct resource_def *def, const char *xml, bool list)
{
        for (size_t i = 0; i < def->n_prop; i++)
                if (def->prop[i].xml && strcmp(def->prop[i].xml, xml) == 0 &&
                    list == (schema_kind(&def->prop[i]) != VALUE_SIMPLE))
                        return &def->prop[i];
        return NULL;
}

static int missing(const char *element, const char *attr, struct error *err)
{
        return error_set(err, EINVAL, "Invalid document: element %s lacks the attribute %s", element, attr);
}

/* An attribute that is a simple property; an empty one reads as unset, as the DTD's defaults do. */
static int load_attr(struct resource *res, const char *name, const char *value)
{
        const struct property_def *def = child_of(res->def, name, false);

        if (!def)
                return keep_attr(&res->extra, name, value);
        if ((!*value && !(def->flags & PROP_EMPTY)) || streq_null(value, def->fallback))
                return 0;
        return resource_store(res, def, value);
}

static int load_root(struct loader *l, const char *name, const char **attr, struct error *err)
{
        const char *zone = xml_attr(attr, "name");

        if (strcmp(name, "zone") != 0)
                return error_set(err, EINVAL, "Wrong document type");
        if (!zone)
                return missing(name, "name", err);
        l->cfg = config_new(zone);
        if (!l->cfg)
                return error_nomem(err);
        for (; attr[0]; attr += 2) {
                if (strcmp(attr[0], "name") == 0)
                        continue;
                if (load_attr(l->cfg->global, attr[0], attr[1]) < 0)
                        return error_nomem(err);
        }
        return 0;
}

/* pset says the CPUs; the importance stands in a tmp_pool before or after it. */
static int load_pset(struct resource *res, const char **attr, struct error *err)
{
        const char *lo = xml_attr(attr, "ncpu_min"), *hi = xml_attr(attr, "ncpu_max");
        char text[64];

        if (!lo || !hi)
                return missing("pset", lo ? "ncpu_max" : "ncpu_min", err);
        if (strlen(lo) > 20 || strlen(hi) > 20 || strchr(lo, '-') || strchr(hi, '-'))
                return error_set(err, EINVAL, "Invalid document: ncpus property is out of range.");
        if (strcmp(lo, hi) == 0)
                snprintf(text, sizeof(text), "%s", lo);
        else
                snprintf(text, sizeof(text), "%s-%s", lo, hi);
        for (; attr[0]; attr += 2)
                if (strcmp(attr[0], "ncpu_min") != 0 && strcmp(attr[0], "ncpu_max") != 0 &&
                    keep_attr(&res->extra, attr[0], attr[1]) < 0)
                        return error_nomem(err);
        return resource_store(res, schema_property(res->def, "ncpus"), text) < 0 ? error_nomem(err) : 0;
}

static bool has_attr(const struct resource *res, const char *name)
{
        for (size_t i = 0; res->extra && i < res->extra->n_attr; i++)
                if (strcmp(res->extra->attr[i].name, name) == 0)
                        return true;
        return child_of(res->def, name, false);
}

/* Unknown attributes of an element that becomes part of another, which gets them. */
static int keep_others(struct resource *res, const char *element, const char *known, const char **attr,
                       struct error *err)
{
        for (; attr[0]; attr += 2) {
                if (strcmp(attr[0], known) == 0)
                        continue;
                if (has_attr(res, attr[0]))
                        return error_set(err, EINVAL,
                                         "Invalid document: the attribute %s of %s cannot be kept", attr[0],
                                         element);
                if (keep_attr(&res->extra, attr[0], attr[1]) < 0)
                        return error_nomem(err);
        }
        return 0;
}

static int load_mcap(struct loader *l, const char **attr, struct error *err)
{
        const char *bytes = xml_attr(attr, "physcap");
        const struct property_def *def = schema_property(schema_resource("capped-memory"), "physical");
        struct resource *res = NULL;
        uint64_t limit;
        int r;

        if (!bytes)
                return missing("mcap", "physcap", err);
        if (check_uint(bytes, 10, &limit) < 0)
                return error_set(err, EINVAL, "Invalid document: physical property is out of range.");
        r = alias_set(l->cfg, def, limit, err);
        while (r == 0 && (res = (struct resource *)config_next(l->cfg, "rctl", res)))
                if (streq_null(resource_get(res, "name"), def->rctl))
                        r = keep_others(res, "mcap", "physcap", attr, err);
        return r;
}

static int load_tmp_pool(struct loader *l, const char **attr, struct error *err)
{
        const char *importance = xml_attr(attr, "importance");

        if (!importance)
                return missing("tmp_pool", "importance", err);
        l->importance = strdup(importance);
        if (!l->importance)
                return error_nomem(err);
        for (; attr[0]; attr += 2)
                if (strcmp(attr[0], "importance") != 0 && keep_attr(&l->pool, attr[0], attr[1]) < 0)
                        return error_nomem(err);
        return 0;
}

static int check_required(const struct resource_def *def, const char *element, const char **attr,
                          struct error *err)
{
        for (size_t i = 0; i < def->n_prop; i++) {
                const struct property_def *p = &def->prop[i];

                if ((p->flags & PROP_REQUIRED) && schema_kind(p) == VALUE_SIMPLE && p->xml &&
                    !xml_attr(attr, p->xml))
                        return missing(element, p->xml, err);
        }
        return 0;
}

static int load_resource(struct loader *l, const struct resource_def *def, const char *name,
                         const char **attr, unsigned line, struct error *err)
{
        int r = check_required(def, name, attr, err);

        if (r < 0)
                return r;
        if (def->flags & RES_SINGLETON)
                for (size_t i = 0; i < l->cfg->n_res; i++)
                        if (l->cfg->res[i]->def == def)
                                return error_set(err, EINVAL, "Invalid document: more than one %s", name);
        l->res = resource_new(def);
        if (!l->res || config_append(l->cfg, l->res) < 0) {
                resource_free(l->res);
                l->res = NULL;
                return error_nomem(err);
        }
        l->res->line = line;
        if (strcmp(name, "pset") == 0)
                return load_pset(l->res, attr, err);
        for (; attr[0]; attr += 2)
                if (load_attr(l->res, attr[0], attr[1]) < 0)
                        return error_nomem(err);
        return 0;
}

/* Attributes of a list element that none of the known ones is. */
static int keep_child(struct resource *res, const struct property_def *def, const struct complex *said,
                      const char **attr, struct error *err)
{
        struct strv pairs = {0};
        struct complex kept = {0};
        int r = 0;

        for (; attr[0]; attr += 2)
                if (!complex_get(said, attr[0])) {
                        strv_add(&pairs, attr[0]);
                        strv_add(&pairs, attr[1]);
                }
        if (pairs.n > 0 || pairs.failed)
                kept.member = pairs.failed ? NULL : calloc(pairs.n / 2, sizeof(*kept.member));
        for (; kept.member && kept.n < pairs.n / 2; kept.n++)
                kept.member[kept.n] = (struct member){pairs.v[2 * kept.n], pairs.v[2 * kept.n + 1]};
        if (pairs.n > 0 || pairs.failed)
                r = kept.member && extra_need(&res->extra)
                        ? extra_add_child(res->extra, def->xml, said, &kept)
                        : -ENOMEM;
        free(kept.member);
        strv_free(&pairs);
        if (r == -E2BIG)
                return error_set(err, EINVAL,
                                 "Invalid document: unknown attributes in more than %d elements of one %s",
                                 CHILD_EXTRA_MAX, res->def->xml);
        return r < 0 ? error_nomem(err) : 0;
}

/* A list element: fsoption of an fs, net-attr, rctl-value, ... */
static int load_child(struct resource *res, const struct property_def *def, const char *name,
                      const char **attr, struct error *err)
{
        char members[4][16];
        struct member m[4];
        struct complex view = {m, schema_members(def, members, 4)}, copy;
        int r;

        if (schema_kind(def) == VALUE_LIST) {
                const char *value = xml_attr(attr, "name");

                if (!value)
                        return missing(name, "name", err);
                m[0] = (struct member){(char *)"name", (char *)value};
                view.n = 1;
                r = resource_store_item(res, def, value);
                return r < 0 ? error_nomem(err) : keep_child(res, def, &view, attr, err);
        }
        for (size_t i = 0; i < view.n; i++) {
                const char *value = xml_attr(attr, members[i]);

                if (!value)
                        return missing(name, members[i], err);
                m[i] = (struct member){members[i], (char *)value};
        }
        r = complex_copy(&view, &copy);
        if (r == 0)
                r = resource_store_tuple(res, def, &copy);
        return r < 0 ? error_nomem(err) : keep_child(res, def, &view, attr, err);
}

static int unknown_start(struct loader *l, const char *name, const char **attr, unsigned depth)
{
        struct strbuf *b = l->unknown;

        if (l->unknown_depth == 0) {
                l->unknown_depth = depth;
                if (b->len > 0)
                        strbuf_putc(b, '\n');
        } else if (l->tag_open) {
                strbuf_putc(b, '>');
        }
        strbuf_printf(b, "<%s", name);
        for (; attr[0]; attr += 2) {
                strbuf_printf(b, " %s=\"", attr[0]);
                xml_escape(b, attr[1]);
                strbuf_putc(b, '"');
        }
        l->tag_open = true;
        return 0;
}

static int unknown_end(struct loader *l, const char *name, unsigned depth)
{
        if (l->tag_open)
                strbuf_puts(l->unknown, "/>");
        else
                strbuf_printf(l->unknown, "</%s>", name);
        l->tag_open = false;
        if (depth == l->unknown_depth)
                l->unknown_depth = 0;
        return 0;
}

/* Hands the unknown elements that were gathered to where they belong. */
static int keep_unknown(struct strbuf *b, struct xml_extra **where)
{
        struct xml_extra *extra;

        if (!b->failed && b->len == 0)
                return 0;
        extra = b->failed ? NULL : extra_need(where);
        if (!extra)
                return -ENOMEM;
        extra->elements = strbuf_take(b);
        return extra->elements ? 0 : -ENOMEM;
}

static int on_start(void *data, const char *name, const char **attr, unsigned depth, unsigned line,
                    struct error *err)
{
        struct loader *l = data;
        const struct property_def *prop;
        const struct resource_def *def;

        if (l->unknown_depth > 0)
                return unknown_start(l, name, attr, depth);
        if (depth == 0)
                return load_root(l, name, attr, err);
        if (depth == 1) {
                if (strcmp(name, "mcap") == 0)
                        return load_mcap(l, attr, err);
                if (strcmp(name, "tmp_pool") == 0 && !l->importance)
                        return load_tmp_pool(l, attr, err);
                def = element_of(name);
                if (def)
                        return load_resource(l, def, name, attr, line, err);
                l->unknown = &l->zone_unknown;
                return unknown_start(l, name, attr, depth);
        }
        /* Saving could not put it back there, and elsewhere it might have a meaning. */
        if (depth > 2 || !l->res)
                return error_set(err, EINVAL, "Invalid document: element %s inside of an empty element",
                                 name);
        prop = child_of(l->res->def, name, true);
        if (prop)
                return load_child(l->res, prop, name, attr, err);
        l->unknown = &l->res_unknown;
        return unknown_start(l, name, attr, depth);
}

static int on_end(void *data, const char *name, unsigned depth, struct error *err)
{
        struct loader *l = data;

        if (l->unknown_depth > 0)
                return unknown_end(l, name, depth);
        if (depth == 1 && l->res) {
                if (keep_unknown(&l->res_unknown, &l->res->extra) < 0)
                        return error_nomem(err);
                l->res = NULL;
        }
        return 0;
}

/* Only unknown elements can hold text; blanks between elements are kept there too. */
static int on_text(void *data, const char *text, size_t len, struct error *err)
{
        struct loader *l = data;

        if (l->unknown_depth == 0) {
                for (size_t i = 0; i < len; i++)
                        if (!strchr(" \t\n\r", text[i]) || !text[i])
                                return error_set(err, EINVAL, "Invalid document: text outside of an element");
                return 0;
        }
        if (l->tag_open)
                strbuf_putc(l->unknown, '>');
        l->tag_open = false;
        for (size_t i = 0; i < len; i++)
                switch (text[i]) {
                case '<':
                        strbuf_puts(l->unknown, "&lt;");
                        break;
                case '>':
                        strbuf_puts(l->unknown, "&gt;");
                        break;
                case '&':
                        strbuf_puts(l->unknown, "&amp;");
                        break;
                case '\r':
                        strbuf_puts(l->unknown, "&#13;");
                        break;
                default:
                        strbuf_putc(l->unknown, text[i]);
                }
        return 0;
}

/* A tmp_pool without a pset is the importance of nothing; it stays for whoever knows what it is for. */
static int keep_pool(struct loader *l)
{
        struct strbuf b = {0};

        strbuf_puts(&b, "<tmp_pool importance=\"");
        xml_escape(&b, l->importance);
        strbuf_putc(&b, '"');
        for (size_t i = 0; l->pool && i < l->pool->n_attr; i++) {
                strbuf_printf(&b, " %s=\"", l->pool->attr[i].name);
                xml_escape(&b, l->pool->attr[i].value);
                strbuf_putc(&b, '"');
        }
        strbuf_puts(&b, "/>");
        if (l->zone_unknown.len > 0) {
                strbuf_putc(&b, '\n');
                strbuf_add(&b, l->zone_unknown.data, l->zone_unknown.len);
        }
        b.failed = b.failed || l->zone_unknown.failed;
        strbuf_free(&l->zone_unknown);
        l->zone_unknown = b;
        return b.failed ? -ENOMEM : 0;
}

static int finish(struct loader *l, struct error *err)
{
        struct resource *res = (struct resource *)config_first(l->cfg, "dedicated-cpu");

        if (l->importance && !res && keep_pool(l) < 0)
                return error_nomem(err);
        if (keep_unknown(&l->zone_unknown, &l->cfg->extra) < 0)
                return error_nomem(err);
        if (!l->importance || !res)
                return 0;
        for (size_t i = 0; l->pool && i < l->pool->n_attr; i++) {
                const char *pair[] = {l->pool->attr[i].name, l->pool->attr[i].value, NULL};
                int r = keep_others(res, "tmp_pool", "importance", pair, err);

                if (r < 0)
                        return r;
        }
        return resource_store(res, schema_property(res->def, "importance"), l->importance) < 0
                   ? error_nomem(err)
                   : 0;
}

int config_parse_xml(const char *data, size_t len, const char *where, struct config **ret, struct error *err)
{
        struct loader l = {0};
        const struct xml_handler handler = {.data = &l, .start = on_start, .end = on_end, .text = on_text};
        int r = xml_parse(data, len, where, &handler, err);

        if (r == 0)
                r = finish(&l, err);
        strbuf_free(&l.zone_unknown);
        strbuf_free(&l.res_unknown);
        free(l.importance);
        extra_free(l.pool);
        if (r < 0) {
                config_free(l.cfg);
                return r;
        }
        *ret = l.cfg;
        return 0;
}
