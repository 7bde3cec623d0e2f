/* The configuration as a tree: reading, copying, freeing; see config.h. */
#include "config/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "config/alias.h"
#include "config/check.h"
#include "config/edit.h"

void complex_clear(struct complex *c)
{
        for (size_t i = 0; i < c->n; i++) {
                free(c->member[i].name);
                free(c->member[i].value);
        }
        free(c->member);
        *c = (struct complex){0};
}

int complex_copy(const struct complex *c, struct complex *ret)
{
        struct complex copy = {.member = calloc(c->n ? c->n : 1, sizeof(struct member))};

        if (!copy.member)
                return -ENOMEM;
        for (; copy.n < c->n; copy.n++) {
                struct member *m = &copy.member[copy.n];

                m->name = strdup(c->member[copy.n].name);
                m->value = strdup(c->member[copy.n].value);
                if (!m->name || !m->value) {
                        copy.n++;
                        complex_clear(&copy);
                        return -ENOMEM;
                }
        }
        *ret = copy;
        return 0;
}

bool complex_equal(const struct complex *a, const struct complex *b)
{
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (!streq_null(a->member[i].value, complex_get(b, a->member[i].name)))
                        return false;
        return true;
}

void property_clear(struct property *p)
{
        free(p->simple);
        for (size_t i = 0; p->items && i < p->n; i++)
                free(p->items[i]);
        free(p->items);
        for (size_t i = 0; p->tuple && i < p->n; i++)
                complex_clear(&p->tuple[i]);
        free(p->tuple);
        *p = (struct property){.def = p->def};
}

static int property_copy(const struct property *p, struct property *ret)
{
        struct property copy = {.def = p->def};
        int r = 0;

        if (p->simple && !(copy.simple = strdup(p->simple)))
                return -ENOMEM;
        if (p->items && !(copy.items = calloc(p->n ? p->n : 1, sizeof(char *))))
                r = -ENOMEM;
        if (p->tuple && !(copy.tuple = calloc(p->n ? p->n : 1, sizeof(struct complex))))
                r = -ENOMEM;
        for (; r == 0 && copy.n < p->n; copy.n++) {
                if (p->items && !(copy.items[copy.n] = strdup(p->items[copy.n])))
                        r = -ENOMEM;
                if (p->tuple)
                        r = complex_copy(&p->tuple[copy.n], &copy.tuple[copy.n]);
                if (r < 0)
                        break;
        }
        if (r < 0)
                property_clear(&copy);
        else
                *ret = copy;
        return r;
}

static void child_clear(struct child_extra *c)
{
        free(c->xml);
        complex_clear(&c->said);
        complex_clear(&c->kept);
}

void extra_free(struct xml_extra *extra)
{
        if (!extra)
                return;
        for (size_t i = 0; i < extra->n_attr; i++) {
                free(extra->attr[i].name);
                free(extra->attr[i].value);
        }
        free(extra->attr);
        free(extra->elements);
        for (size_t i = 0; i < extra->n_child; i++)
                child_clear(&extra->child[i]);
        free(extra->child);
        free(extra);
}

struct xml_extra *extra_need(struct xml_extra **extra)
{
        if (!*extra)
                *extra = calloc(1, sizeof(**extra));
        return *extra;
}

int extra_add_child(struct xml_extra *extra, const char *xml, const struct complex *said,
                    const struct complex *kept)
{
        struct child_extra *grown, *c;

        if (extra->n_child == CHILD_EXTRA_MAX)
                return -E2BIG;
        grown = reallocarray(extra->child, extra->n_child + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        extra->child = grown;
        c = &grown[extra->n_child];
        *c = (struct child_extra){.xml = strdup(xml)};
        if (!c->xml || complex_copy(said, &c->said) < 0 || complex_copy(kept, &c->kept) < 0) {
                child_clear(c);
                return -ENOMEM;
        }
        extra->n_child++;
        return 0;
}

const struct complex *extra_child(const struct xml_extra *extra, const char *xml, const struct complex *said,
                                  bool used[CHILD_EXTRA_MAX])
{
        for (size_t i = 0; extra && i < extra->n_child; i++)
                if (!used[i] && strcmp(extra->child[i].xml, xml) == 0 &&
                    complex_equal(&extra->child[i].said, said)) {
                        used[i] = true;
                        return &extra->child[i].kept;
                }
        return NULL;
}

struct complex property_child(const struct property *p, size_t i, struct member *item)
{
        if (p->tuple)
                return p->tuple[i];
        *item = (struct member){(char *)"name", p->items[i]};
        return (struct complex){item, 1};
}

static struct xml_extra *extra_copy(const struct xml_extra *extra)
{
        const struct complex attrs = {.member = extra->attr, .n = extra->n_attr};
        struct xml_extra *copy = calloc(1, sizeof(*copy));
        struct complex attr_copy;

        if (!copy)
                return NULL;
        if (complex_copy(&attrs, &attr_copy) < 0) {
                free(copy);
                return NULL;
        }
        copy->attr = attr_copy.member;
        copy->n_attr = attr_copy.n;
        for (size_t i = 0; i < extra->n_child; i++) {
                const struct child_extra *c = &extra->child[i];

                if (extra_add_child(copy, c->xml, &c->said, &c->kept) < 0) {
                        extra_free(copy);
                        return NULL;
                }
        }
        if (extra->elements && !(copy->elements = strdup(extra->elements))) {
                extra_free(copy);
                return NULL;
        }
        return copy;
}

static bool extra_equal(const struct xml_extra *a, const struct xml_extra *b)
{
        static const struct xml_extra none;
        struct complex x, y;

        a = a ? a : &none;
        b = b ? b : &none;
        x = (struct complex){a->attr, a->n_attr};
        y = (struct complex){b->attr, b->n_attr};
        if (a->n_child != b->n_child)
                return false;
        for (size_t i = 0; i < a->n_child; i++)
                if (strcmp(a->child[i].xml, b->child[i].xml) != 0 ||
                    !complex_equal(&a->child[i].said, &b->child[i].said) ||
                    !complex_equal(&a->child[i].kept, &b->child[i].kept))
                        return false;
        return complex_equal(&x, &y) && strcmp(str_empty(a->elements), str_empty(b->elements)) == 0;
}

/* Position of the element of a list that says just this; p->n if there is none. */
static size_t find_child(const struct property *p, const struct complex *said)
{
        struct member item;
        size_t i = 0;

        for (; i < p->n; i++) {
                const struct complex other = property_child(p, i, &item);

                if (complex_equal(&other, said))
                        break;
        }
        return i;
}

static const struct property *list_of(const struct resource *res, const char *xml)
{
        for (size_t i = 0; i < res->n_prop; i++)
                if (res->prop[i].n > 0 && strcmp(res->prop[i].def->xml, xml) == 0)
                        return &res->prop[i];
        return NULL;
}

/* How many elements of a list the other has not. */
static size_t count_new(const struct property *list, const struct property *other)
{
        struct member item;
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++) {
                const struct complex said = property_child(list, i, &item);

                n += find_child(other, &said) == other->n;
        }
        return n;
}

/* Finds the element that one of old, whose kept XML this is, has become. */
static int follow_child(struct child_extra *c, const struct resource *res, const struct resource *old)
{
        const struct property *now = list_of(res, c->xml), *before = list_of(old, c->xml);
        struct complex said, copy;
        struct member item;
        size_t i;

        if (!now || !before || find_child(now, &c->said) < now->n || count_new(now, before) == 0)
                return 0;
        i = find_child(before, &c->said);
        if (now->n != before->n || i == before->n)
                return -EINVAL;
        said = property_child(now, i, &item);
        if (find_child(before, &said) < before->n)
                return -EINVAL;
        if (complex_copy(&said, &copy) < 0)
                return -ENOMEM;
        complex_clear(&c->said);
        c->said = copy;
        return 0;
}

int resource_swap_kept(struct resource *res, struct resource *old)
{
        struct xml_extra *kept = old->extra;
        int r = 0;

        old->extra = res->extra;
        res->extra = kept;
        for (size_t i = 0; kept && i < kept->n_child && r == 0; i++)
                r = follow_child(&kept->child[i], res, old);
        return r;
}

void resource_free(struct resource *res)
{
        if (!res)
                return;
        for (size_t i = 0; i < res->n_prop; i++)
                property_clear(&res->prop[i]);
        free(res->prop);
        extra_free(res->extra);
        free(res);
}

void resource_freep(struct resource **res)
{
        resource_free(*res);
        *res = NULL;
}

struct resource *resource_new(const struct resource_def *def)
{
        struct resource *res = calloc(1, sizeof(*res));

        if (res)
                res->def = def;
        return res;
}

struct resource *resource_copy(const struct resource *res)
{
        struct resource *copy = resource_new(res->def);

        if (!copy)
                return NULL;
        copy->line = res->line;
        copy->prop = calloc(res->n_prop ? res->n_prop : 1, sizeof(*copy->prop));
        if (!copy->prop || (res->extra && !(copy->extra = extra_copy(res->extra)))) {
                resource_free(copy);
                return NULL;
        }
        for (; copy->n_prop < res->n_prop; copy->n_prop++)
                if (property_copy(&res->prop[copy->n_prop], &copy->prop[copy->n_prop]) < 0) {
                        resource_free(copy);
                        return NULL;
                }
        return copy;
}

void config_free(struct config *cfg)
{
        if (!cfg)
                return;
        free(cfg->name);
        resource_free(cfg->global);
        for (size_t i = 0; i < cfg->n_res; i++)
                resource_free(cfg->res[i]);
        free(cfg->res);
        extra_free(cfg->extra);
        free(cfg);
}

void config_freep(struct config **cfg)
{
        config_free(*cfg);
        *cfg = NULL;
}

struct config *config_new(const char *name)
{
        struct config *cfg = calloc(1, sizeof(*cfg));

        if (!cfg)
                return NULL;
        cfg->name = strdup(name);
        cfg->global = resource_new(schema_global());
        if (!cfg->name || !cfg->global) {
                config_free(cfg);
                return NULL;
        }
        return cfg;
}

struct config *config_copy(const struct config *cfg)
{
        _cleanup_config_ struct config *copy = calloc(1, sizeof(*copy));
        struct config *done;

        if (!copy)
                return NULL;
        copy->name = strdup(cfg->name);
        copy->global = resource_copy(cfg->global);
        copy->res = calloc(cfg->n_res ? cfg->n_res : 1, sizeof(struct resource *));
        if (!copy->name || !copy->global || !copy->res ||
            (cfg->extra && !(copy->extra = extra_copy(cfg->extra))))
                return NULL;
        for (size_t i = 0; i < cfg->n_res; i++) {
                if (!(copy->res[i] = resource_copy(cfg->res[i])))
                        return NULL;
                copy->n_res++;
        }
        done = copy;
        copy = NULL;
        return done;
}

static bool property_equal(const struct property *a, const struct property *b)
{
        if (!b || a->n != b->n || !streq_null(a->simple, b->simple))
                return false;
        for (size_t i = 0; i < a->n; i++) {
                if (a->items && strcmp(a->items[i], b->items[i]) != 0)
                        return false;
                if (a->tuple && !complex_equal(&a->tuple[i], &b->tuple[i]))
                        return false;
        }
        return true;
}

static bool resource_equal(const struct resource *a, const struct resource *b)
{
        if (a->def != b->def || a->n_prop != b->n_prop || !extra_equal(a->extra, b->extra))
                return false;
        for (size_t i = 0; i < a->n_prop; i++)
                if (!property_equal(&a->prop[i], resource_prop(b, a->prop[i].def->name)))
                        return false;
        return true;
}

bool config_equal(const struct config *a, const struct config *b)
{
        size_t n;
        const struct resource_def *def = schema_resources(&n);

        if (strcmp(a->name, b->name) != 0 || a->n_res != b->n_res || !resource_equal(a->global, b->global) ||
            !extra_equal(a->extra, b->extra))
                return false;
        for (size_t i = 0; i < n; i++) {
                const struct resource *x = NULL, *y = NULL;

                do {
                        x = config_next(a, def[i].name, x);
                        y = config_next(b, def[i].name, y);
                        if (!x != !y || (x && !resource_equal(x, y)))
                                return false;
                } while (x);
        }
        return true;
}

const struct property *resource_prop(const struct resource *res, const char *prop)
{
        for (size_t i = 0; i < res->n_prop; i++)
                if (strcmp(res->prop[i].def->name, prop) == 0)
                        return &res->prop[i];
        return NULL;
}

const char *resource_get(const struct resource *res, const char *prop)
{
        const struct property *p = resource_prop(res, prop);

        return p ? p->simple : NULL;
}

const char *complex_get(const struct complex *c, const char *member)
{
        for (size_t i = 0; i < c->n; i++)
                if (strcmp(c->member[i].name, member) == 0)
                        return c->member[i].value;
        return NULL;
}

const char *resource_named(const struct resource *res, const char *prop, const char *name)
{
        const struct property *p = resource_prop(res, prop);

        for (size_t i = 0; p && p->tuple && i < p->n; i++)
                if (streq_null(complex_get(&p->tuple[i], "name"), name))
                        return complex_get(&p->tuple[i], "value");
        return NULL;
}

const struct resource *config_next(const struct config *cfg, const char *type, const struct resource *prev)
{
        size_t i = 0;

        if (prev) {
                while (i < cfg->n_res && cfg->res[i] != prev)
                        i++;
                i++;
        }
        for (; i < cfg->n_res; i++)
                if (strcmp(cfg->res[i]->def->name, type) == 0)
                        return cfg->res[i];
        return NULL;
}

const char *config_global(const struct config *cfg, const char *prop)
{
        const char *value = strcmp(prop, "zonename") == 0 ? cfg->name : resource_get(cfg->global, prop);
        const struct property_def *def;

        if (value)
                return value;
        def = schema_property(schema_global(), prop);
        return def ? def->fallback : NULL;
}

const char *config_attr(const struct config *cfg, const char *name)
{
        for (size_t i = 0; i < cfg->n_res; i++)
                if (strcmp(cfg->res[i]->def->name, "attr") == 0 &&
                    streq_null(resource_get(cfg->res[i], "name"), name))
                        return resource_get(cfg->res[i], "value");
        return NULL;
}

int config_dedicated_cpu(const struct config *cfg, unsigned *ret_min, unsigned *ret_max)
{
        const struct resource *res = config_first(cfg, "dedicated-cpu");
        const char *ncpus = res ? resource_get(res, "ncpus") : NULL;

        return ncpus ? check_ncpus(ncpus, ret_min, ret_max) : -ENOENT;
}
