/* Rules for a resource as a whole; see rules.h. */
#include "config/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "config/alias.h"
#include "config/check.h"
#include "config/schema.h"

static int required(const struct resource *res, struct error *err)
{
        for (size_t i = 0; i < res->def->n_prop; i++) {
                const struct property_def *def = &res->def->prop[i];
                const struct property *p;

                if (!(def->flags & PROP_REQUIRED))
                        continue;
                p = resource_prop(res, def->name);
                if (p && (schema_kind(def) == VALUE_SIMPLE ? p->simple != NULL : p->n > 0))
                        continue;
                if (strcmp(res->def->name, "rctl") == 0 && schema_kind(def) == VALUE_COMPLEX)
                        return error_set(err, EINVAL, "no value specified");
                return error_set(err, EINVAL, "%s not specified", def->name);
        }
        return 0;
}

static int attr_rules(const struct resource *res, struct error *err)
{
        const char *type = resource_get(res, "type"), *value = resource_get(res, "value");
        char *end;
        bool good;

        if (strcmp(type, "boolean") == 0) {
                good = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
        } else if (strcmp(type, "int") == 0 || strcmp(type, "uint") == 0) {
                errno = 0;
                if (*type == 'i')
                        strtoll(value, &end, 10);
                else
                        strtoull(value, &end, 10);
                good = end != value && !*end && errno == 0 && *value > ' ' && (*type == 'i' || *value != '-');
        } else if (strcmp(type, "string") == 0) {
                good = true;
        } else {
                return error_set(err, EINVAL, "invalid attr type '%s'", type);
        }
        return good ? 0 : error_set(err, EINVAL, "invalid attr value for type=%s", type);
}

static int capped_memory_rules(const struct resource *res, struct error *err)
{
        const char *physical = resource_get(res, "physical"), *locked = resource_get(res, "locked");
        uint64_t p = 0, l = 0;

        if (res->n_prop == 0)
                return error_set(err, EINVAL,
                                 "No property was specified.  One of physical, swap or locked is required.");
        if (!physical || !locked)
                return 0;
        if (alias_parse(schema_property(res->def, "physical"), physical, &p, NULL) == 0 &&
            alias_parse(schema_property(res->def, "locked"), locked, &l, NULL) == 0 && l > p)
                return error_set(err, EINVAL,
                                 "The locked cap must be less than or equal to the physical cap.");
        return 0;
}

int rules_complete(const struct resource *res, struct error *err)
{
        const char *type = res->def->name;
        int r = required(res, err);

        if (r < 0)
                return r;
        if (strcmp(type, "attr") == 0)
                return attr_rules(res, err);
        if (strcmp(type, "capped-memory") == 0)
                return capped_memory_rules(res, err);
        if (strcmp(type, "capped-cpu") == 0 && res->n_prop == 0)
                return error_set(err, EINVAL, "ncpus not specified");
        return 0;
}

/* Are all key properties the same (unset being the same as unset)? */
bool rules_same_key(const struct resource *a, const struct resource *b)
{
        bool any = false;

        if (a->def != b->def)
                return false;
        for (size_t i = 0; i < a->def->n_prop; i++) {
                const struct property_def *def = &a->def->prop[i];

                if (!(def->flags & PROP_KEY))
                        continue;
                any = true;
                if (!streq_null(resource_get(a, def->name), resource_get(b, def->name)))
                        return false;
        }
        return any;
}

int rules_duplicate(const struct resource *res, struct error *err)
{
        const char *type = res->def->name;
        const char *article = strcmp(type, "attr") == 0 || strcmp(type, "admin") == 0 ? "An" : "A";
        const char *word = NULL;

        if (strcmp(type, "net") == 0) {
                const char *second = resource_get(res, "address") ? "address" : "allowed-address";
                const char *value = resource_get(res, second), *link = resource_get(res, "physical");

                /* On a link that many can share, such as nat0, this is no mistake: say how it is done. */
                if (!value)
                        return error_set(err, EEXIST,
                                         "A net resource with the physical '%s' already exists; set virtual "
                                         "or mac-addr to tell the two apart.",
                                         str_empty(link));
                return error_set(err, EEXIST,
                                 "A net resource with the physical '%s', and %s '%s' already exists.",
                                 str_empty(link), second, value);
        }
        for (size_t i = 0; i < res->def->n_prop && !word; i++)
                if (res->def->prop[i].flags & PROP_KEY)
                        word = res->def->prop[i].name;
        return error_set(err, EEXIST, "%s %s resource with the %s '%s' already exists.", article, type,
                         str_empty(word), word ? str_empty(resource_get(res, word)) : "");
}

int rules_unique(const struct config *cfg, const struct resource *res, size_t self, struct error *err)
{
        if (res->def->flags & RES_SINGLETON)
                return 0;
        for (size_t i = 0; i < cfg->n_res; i++)
                if (i != self && rules_same_key(cfg->res[i], res))
                        return rules_duplicate(res, err);
        return 0;
}
