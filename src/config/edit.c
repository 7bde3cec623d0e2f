/* Properties of one resource: setting, adding, removing, clearing; see edit.h. */
#include "config/edit.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "base/zone.h"
#include "config/alias.h"
#include "config/tree.h"

struct property *resource_ensure(struct resource *res, const struct property_def *def)
{
        struct property *grown;

        for (size_t i = 0; i < res->n_prop; i++)
                if (res->prop[i].def == def)
                        return &res->prop[i];
        grown = reallocarray(res->prop, res->n_prop + 1, sizeof(*grown));
        if (!grown)
                return NULL;
        res->prop = grown;
        res->prop[res->n_prop] = (struct property){.def = def};
        return &res->prop[res->n_prop++];
}

void resource_drop(struct resource *res, const struct property_def *def)
{
        for (size_t i = 0; i < res->n_prop; i++)
                if (res->prop[i].def == def) {
                        property_clear(&res->prop[i]);
                        memmove(&res->prop[i], &res->prop[i + 1],
                                (res->n_prop - i - 1) * sizeof(res->prop[0]));
                        res->n_prop--;
                        return;
                }
}

int resource_store(struct resource *res, const struct property_def *def, const char *value)
{
        char *copy = strdup(value);
        struct property *p = copy ? resource_ensure(res, def) : NULL;

        if (!p) {
                free(copy);
                return -ENOMEM;
        }
        free(p->simple);
        p->simple = copy;
        return 0;
}

int resource_store_item(struct resource *res, const struct property_def *def, const char *value)
{
        char *copy = strdup(value);
        struct property *p = copy ? resource_ensure(res, def) : NULL;
        char **grown = p ? reallocarray(p->items, p->n + 1, sizeof(*grown)) : NULL;

        if (!grown) {
                free(copy);
                if (p && p->n == 0)
                        resource_drop(res, def);
                return -ENOMEM;
        }
        p->items = grown;
        p->items[p->n++] = copy;
        return 0;
}

int resource_store_tuple(struct resource *res, const struct property_def *def, struct complex *value)
{
        struct property *p = resource_ensure(res, def);
        struct complex *grown = p ? reallocarray(p->tuple, p->n + 1, sizeof(*grown)) : NULL;

        if (!grown) {
                complex_clear(value);
                if (p && p->n == 0)
                        resource_drop(res, def);
                return -ENOMEM;
        }
        p->tuple = grown;
        p->tuple[p->n++] = *value;
        *value = (struct complex){0};
        return 0;
}

/* Looks a property up and checks that this kind of value fits it. */
static int find_property(const struct resource_def *def, const char *prop, enum value_kind kind,
                         const struct property_def **ret, struct error *err)
{
        static const char *const words[] = {
            [VALUE_SIMPLE] = "simple", [VALUE_COMPLEX] = "complex", [VALUE_LIST] = "list"};
        const struct property_def *p = schema_property(def, prop);
        enum value_kind wanted;

        if (!p)
                return error_set(err, ENOENT, "%s: No such property type", prop);
        wanted = schema_kind(p);
        if (wanted == VALUE_LIST && kind == VALUE_COMPLEX)
                return error_set(err, EINVAL, "A %s or %s value was expected here.", words[VALUE_SIMPLE],
                                 words[VALUE_LIST]);
        if (wanted == VALUE_COMPLEX && kind != VALUE_COMPLEX)
                return error_set(err, EINVAL, "A %s or %s value was expected here.", words[VALUE_COMPLEX],
                                 words[VALUE_LIST]);
        if (wanted == VALUE_SIMPLE && kind != VALUE_SIMPLE)
                return error_set(err, EINVAL, "A %s value was expected here.", words[VALUE_SIMPLE]);
        *ret = p;
        return 0;
}

/* Of each number its leading zeros: 000:031:007 is 0:31:7. */
static void drop_zeros(char *text)
{
        char *out = text;
        bool inside = false; /* of a number, behind its first digit that counts */

        for (const char *p = text; *p; p++) {
                bool digit = isdigit((unsigned char)*p);

                if (*p == '0' && !inside && isdigit((unsigned char)p[1]))
                        continue;
                inside = digit;
                *out++ = *p;
        }
        *out = '\0';
}

/* CPUs from 4 to 4 are 4, which is also how a pset of the XML reads. */
static void fold_range(char *text)
{
        char *dash = strchr(text, '-');

        if (dash && strlen(dash + 1) == (size_t)(dash - text) &&
            memcmp(text, dash + 1, (size_t)(dash - text)) == 0)
                *dash = '\0';
}

/* Runs of slashes become one, a trailing one goes. */
static void fold_slashes(char *text)
{
        char *out = text;

        for (const char *p = text; *p; p++)
                if (*p != '/' || (p[1] != '/' && (p[1] || out == text)))
                        *out++ = *p;
        *out = '\0';
}

char *property_normal(const struct property_def *def, const char *value)
{
        char *text = strdup(value);

        if (!text)
                return NULL;
        switch (def->type) {
        case TYPE_UINT:
        case TYPE_VLAN:
        case TYPE_PCISLOT:
                drop_zeros(text);
                break;
        case TYPE_NCPUS:
                drop_zeros(text);
                fold_range(text);
                break;
        case TYPE_PATH:
                fold_slashes(text);
                break;
        case TYPE_MAC:
                for (char *p = text; *p; p++)
                        *p = (char)tolower((unsigned char)*p);
                break;
        default:
                break;
        }
        return text;
}

int resource_set(struct resource *res, const char *prop, const char *value, struct error *err)
{
        _cleanup_free_ char *text = NULL;
        const struct property_def *def;
        uint64_t limit;
        int r = find_property(res->def, prop, VALUE_SIMPLE, &def, err);

        if (r < 0)
                return r;
        if (schema_kind(def) == VALUE_LIST) {
                /* "set options=ro" replaces the list by that one value. */
                r = schema_check(def, value, err);
                if (r < 0)
                        return r;
                resource_drop(res, def);
                return resource_store_item(res, def, value) < 0 ? error_nomem(err) : 0;
        }
        if (!*value && !(def->flags & PROP_EMPTY) && def->type == TYPE_STRING) {
                resource_drop(res, def);
                return 0;
        }
        r = def->flags & PROP_ALIAS ? alias_parse(def, value, &limit, err) : schema_check(def, value, err);
        if (r < 0)
                return r;
        text = property_normal(def, value);
        return text && resource_store(res, def, text) == 0 ? 0 : error_nomem(err);
}

int resource_add_item(struct resource *res, const char *prop, const char *value, struct error *err)
{
        const struct property_def *def;
        int r = find_property(res->def, prop, VALUE_SIMPLE, &def, err);

        if (r < 0)
                return r;
        if (schema_kind(def) != VALUE_LIST)
                return error_set(err, EINVAL, "%s: No such property type", prop);
        r = schema_check(def, value, err);
        if (r < 0)
                return r;
        if (!*value)
                return error_set(err, EINVAL, "%s: the items of a list cannot be empty", prop);
        return resource_store_item(res, def, value) < 0 ? error_nomem(err) : 0;
}

/* Members are kept in the order of the schema, whatever order they came in. */
static int tuple_in_order(const struct property_def *def, const struct complex *value, struct complex *ret)
{
        char names[4][16];
        struct member sorted[4];
        const struct complex view = {sorted, schema_members(def, names, 4)};

        for (size_t i = 0; i < view.n; i++)
                sorted[i] = (struct member){names[i], (char *)complex_get(value, names[i])};
        return complex_copy(&view, ret);
}

int resource_add_tuple(struct resource *res, const char *prop, const struct complex *value, struct error *err)
{
        struct complex copy;
        const struct property_def *def;
        int r = find_property(res->def, prop, VALUE_COMPLEX, &def, err);

        if (r < 0)
                return r;
        r = schema_check_tuple(def, value, err);
        if (r < 0)
                return r;
        r = tuple_in_order(def, value, &copy);
        if (r == 0)
                r = resource_store_tuple(res, def, &copy);
        return r < 0 ? error_nomem(err) : 0;
}

static int no_such_value(struct error *err)
{
        return error_set(err, ENOENT, "No such property with that id");
}

int resource_remove_item(struct resource *res, const char *prop, const char *value, struct error *err)
{
        const struct property_def *def;
        struct property *p;
        int r = find_property(res->def, prop, VALUE_LIST, &def, err);

        if (r < 0)
                return r;
        if (!resource_prop(res, def->name))
                return no_such_value(err);
        p = resource_ensure(res, def);
        for (size_t i = 0; i < p->n; i++)
                if (strcmp(p->items[i], value) == 0) {
                        free(p->items[i]);
                        memmove(&p->items[i], &p->items[i + 1], (p->n - i - 1) * sizeof(p->items[0]));
                        if (--p->n == 0)
                                resource_drop(res, def);
                        return 0;
                }
        return no_such_value(err);
}

int resource_remove_tuple(struct resource *res, const char *prop, const struct complex *value,
                          struct error *err)
{
        const struct property_def *def;
        struct property *p;
        int r = find_property(res->def, prop, VALUE_COMPLEX, &def, err);

        if (r < 0)
                return r;
        if (!resource_prop(res, def->name))
                return no_such_value(err);
        p = resource_ensure(res, def);
        for (size_t i = 0; i < p->n; i++)
                if (complex_equal(&p->tuple[i], value)) {
                        complex_clear(&p->tuple[i]);
                        memmove(&p->tuple[i], &p->tuple[i + 1], (p->n - i - 1) * sizeof(p->tuple[0]));
                        if (--p->n == 0)
                                resource_drop(res, def);
                        return 0;
                }
        return no_such_value(err);
}

int resource_clear(struct resource *res, const char *prop, struct error *err)
{
        const struct property_def *def = schema_property(res->def, prop);

        if (!def)
                return error_set(err, ENOENT, "%s: No such property type", prop);
        if (schema_kind(def) == VALUE_SIMPLE && !(def->flags & PROP_CLEARABLE))
                return error_set(err, EPERM, "%s: Clearing this property is not allowed", prop);
        resource_drop(res, def);
        return 0;
}

static int set_pool(struct config *cfg, const char *value, struct error *err)
{
        if (str_starts(value, "SUNW"))
                return error_set(err, EINVAL, "pool names that begin with SUNW are reserved: %s", value);
        if (*value && config_first(cfg, "dedicated-cpu"))
                return error_set(err, EEXIST,
                                 "The dedicated-cpu resource already exists.  A persistent pool is "
                                 "incompatible\nwith the dedicated-cpu resource.");
        return resource_set(cfg->global, "pool", value, err);
}

int config_set_global(struct config *cfg, const char *prop, const char *value, struct error *err)
{
        const struct property_def *def;
        int r = find_property(schema_global(), prop, VALUE_SIMPLE, &def, err);

        if (r < 0)
                return r;
        if (def->flags & PROP_ALIAS) {
                uint64_t limit;

                r = alias_parse(def, value, &limit, err);
                return r < 0 ? r : alias_set(cfg, def, limit, err);
        }
        if (def->type == TYPE_ZONE_NAME) {
                char *copy;

                if (strcmp(value, "global") != 0) {
                        r = schema_check(def, value, err);
                        if (r < 0)
                                return r;
                }
                copy = strdup(value);
                if (!copy)
                        return error_nomem(err);
                free(cfg->name);
                cfg->name = copy;
                return 0;
        }
        if (strcmp(def->name, "pool") == 0)
                return set_pool(cfg, value, err);
        /* An empty text clears what can be cleared, as on illumos. */
        if (!*value && (def->flags & PROP_CLEARABLE) && !def->fallback) {
                resource_drop(cfg->global, def);
                return 0;
        }
        r = resource_set(cfg->global, prop, value, err);
        /* What a missing value means is not stored: ip-type=shared, autoboot=false. */
        if (r == 0 && streq_null(value, def->fallback))
                resource_drop(cfg->global, def);
        return r;
}

int config_clear_global(struct config *cfg, const char *prop, struct error *err)
{
        const struct property_def *def = schema_property(schema_global(), prop);

        if (def && (def->flags & PROP_ALIAS)) {
                uint64_t limit;

                if (alias_get(cfg, def, &limit) == -EBUSY)
                        return error_set(err, EPERM,
                                         "%s: An incompatible rctl already exists for this property", prop);
                alias_clear(cfg, def);
                return 0;
        }
        return resource_clear(cfg->global, prop, err);
}

char *config_show_global(const struct config *cfg, const char *prop)
{
        const struct property_def *def = schema_property(schema_global(), prop);
        const char *value;

        if (!def)
                return NULL;
        if (def->flags & PROP_ALIAS) {
                uint64_t limit;
                char text[32];

                if (alias_get(cfg, def, &limit) < 0)
                        return NULL;
                alias_format(def, limit, text, sizeof(text));
                return strdup(text);
        }
        value = config_global(cfg, def->name);
        if (!value && (def->flags & PROP_RFD121))
                return NULL;
        return strdup(str_empty(value));
}

void config_drop_extra(struct config *cfg, const char *attr)
{
        struct xml_extra *extra = cfg->global->extra;

        for (size_t i = extra ? extra->n_attr : 0; i-- > 0;) {
                if (strcmp(extra->attr[i].name, attr) != 0)
                        continue;
                free(extra->attr[i].name);
                free(extra->attr[i].value);
                extra->n_attr--;
                memmove(&extra->attr[i], &extra->attr[i + 1], (extra->n_attr - i) * sizeof(*extra->attr));
        }
}
