/* Aliases of resource controls; see alias.h. */
#include "config/alias.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/size.h"
#include "base/strv.h"
#include "config/check.h"
#include "config/edit.h"
#include "config/tree.h"

#define MIB (1024u * 1024)

/* What an alias writes besides its limit, and the lowest limit that it takes. */
struct alias_rule {
        const char *rctl;
        const char *action;
        uint64_t lowest;
};

static const struct alias_rule rules[] = {
    {"zone.max-lwps", "deny", 100},      {"zone.max-processes", "deny", 100},
    {"zone.max-shm-memory", "deny", 0},  {"zone.max-shm-ids", "deny", 0},
    {"zone.max-msg-ids", "deny", 0},     {"zone.max-sem-ids", "deny", 0},
    {"zone.cpu-shares", "none", 0},      {"zone.zfs-io-priority", "none", 1},
    {"zone.cpu-cap", "deny", 1},         {"zone.max-locked-memory", "deny", 0},
    {"zone.max-swap", "deny", 50 * MIB}, {"zone.max-physical-memory", "deny", MIB},
};

static const struct alias_rule *rule_of(const struct property_def *prop)
{
        size_t i = 0;

        while (strcmp(rules[i].rctl, prop->rctl) != 0)
                i++;
        return &rules[i];
}

static size_t find_rctl(const struct config *cfg, const char *name)
{
        size_t i = 0;

        while (i < cfg->n_res && (strcmp(cfg->res[i]->def->name, "rctl") != 0 ||
                                  !streq_null(resource_get(cfg->res[i], "name"), name)))
                i++;
        return i;
}

int alias_get(const struct config *cfg, const struct property_def *prop, uint64_t *ret_limit)
{
        size_t at = find_rctl(cfg, prop->rctl);
        const struct property *value;
        const char *limit;

        if (at == cfg->n_res)
                return -ENOENT;
        value = resource_prop(cfg->res[at], "value");
        if (!value || value->n != 1 || !streq_null(complex_get(&value->tuple[0], "priv"), "privileged") ||
            !streq_null(complex_get(&value->tuple[0], "action"), rule_of(prop)->action))
                return -EBUSY;
        limit = complex_get(&value->tuple[0], "limit");
        return limit && check_uint(limit, 0, ret_limit) == 0 ? 0 : -EBUSY;
}

static int too_small(const struct property_def *prop, uint64_t lowest, struct error *err)
{
        char text[32];

        if (prop->type != TYPE_SIZE)
                return error_set(err, ERANGE, "%s property is out of range.", prop->name);
        size_format(lowest, text, sizeof(text));
        return error_set(err, ERANGE, "%s value is too small.  It must be at least %s.", prop->name, text);
}

int alias_parse(const struct property_def *prop, const char *value, uint64_t *ret_limit, struct error *err)
{
        uint64_t limit = 0;
        int r = schema_check(prop, value, err);

        if (r < 0)
                return r;
        if (prop->type == TYPE_SIZE)
                r = size_parse(value, &limit);
        else if (prop->type == TYPE_DECIMAL)
                r = check_decimal(value, &limit);
        else
                r = check_uint(value, 10, &limit);
        if (r < 0)
                return error_set(err, -r, "%s property is out of range.", prop->name);
        if (limit < rule_of(prop)->lowest)
                return too_small(prop, rule_of(prop)->lowest, err);
        *ret_limit = limit;
        return 0;
}

void alias_format(const struct property_def *prop, uint64_t limit, char *buf, size_t size)
{
        if (prop->type == TYPE_SIZE)
                size_format(limit, buf, size);
        else if (prop->type == TYPE_DECIMAL)
                snprintf(buf, size, "%" PRIu64 ".%02u", limit / 100, (unsigned)(limit % 100));
        else
                snprintf(buf, size, "%" PRIu64, limit);
}

static struct resource *make_rctl(const struct property_def *prop, uint64_t limit)
{
        char text[24];
        struct member members[3] = {
            {(char *)"priv", (char *)"privileged"},
            {(char *)"limit", text},
            {(char *)"action", (char *)rule_of(prop)->action},
        };
        const struct complex value = {members, 3};
        struct resource *res = resource_new(schema_resource("rctl"));

        snprintf(text, sizeof(text), "%" PRIu64, limit);
        if (res && (resource_set(res, "name", prop->rctl, NULL) < 0 ||
                    resource_add_tuple(res, "value", &value, NULL) < 0)) {
                resource_free(res);
                return NULL;
        }
        return res;
}

int alias_set(struct config *cfg, const struct property_def *prop, uint64_t limit, struct error *err)
{
        size_t at = find_rctl(cfg, prop->rctl);
        struct resource *res;
        uint64_t old;

        if (alias_get(cfg, prop, &old) == -EBUSY)
                return error_set(err, EPERM, "%s: An incompatible rctl already exists for this property",
                                 prop->name);
        res = make_rctl(prop, limit);
        if (!res)
                return error_nomem(err);
        if (at == cfg->n_res) {
                if (config_append(cfg, res) == 0)
                        return 0;
                resource_free(res);
                return error_nomem(err);
        }
        /* Properties that the user hung on the rctl stay on it. */
        if (cfg->res[at]->n_prop > 2 || cfg->res[at]->extra) {
                const struct property *value = resource_prop(res, "value");
                struct property *mine = resource_ensure(cfg->res[at], value->def);
                struct complex swapped = mine->tuple[0];

                mine->tuple[0] = value->tuple[0];
                value->tuple[0] = swapped;
                resource_free(res);
                return 0;
        }
        resource_free(cfg->res[at]);
        cfg->res[at] = res;
        return 0;
}

void alias_clear(struct config *cfg, const struct property_def *prop)
{
        uint64_t limit;

        if (alias_get(cfg, prop, &limit) == 0)
                config_remove_at(cfg, find_rctl(cfg, prop->rctl));
}

bool alias_any(const struct config *cfg, const struct resource_def *def)
{
        uint64_t limit;

        for (size_t i = 0; i < def->n_prop; i++)
                if ((def->prop[i].flags & PROP_ALIAS) && alias_get(cfg, &def->prop[i], &limit) == 0)
                        return true;
        return false;
}

/* A word that config_rctl accepts for an rctl, besides the full name. */
static const char *rctl_name(const char *alias)
{
        size_t n;
        const struct resource_def *def = schema_resources(&n);
        const struct property_def *prop = schema_property(schema_global(), alias);

        if (strchr(alias, '.'))
                return alias;
        if (strcmp(alias, "cpu-cap") == 0)
                return "zone.cpu-cap";
        for (size_t i = 0; i < n && !(prop && prop->rctl); i++)
                if (def[i].flags & RES_VIRTUAL)
                        prop = schema_property(&def[i], alias);
        return prop ? prop->rctl : NULL;
}

int config_rctl(const struct config *cfg, const char *alias, uint64_t *ret_limit)
{
        const char *name = rctl_name(alias);
        size_t at = name ? find_rctl(cfg, name) : cfg->n_res;
        const struct property *value;
        bool found = false;

        if (at == cfg->n_res)
                return -ENOENT;
        value = resource_prop(cfg->res[at], "value");
        for (size_t i = 0; value && i < value->n; i++) {
                const char *text = complex_get(&value->tuple[i], "limit");
                uint64_t limit;

                if (!streq_null(complex_get(&value->tuple[i], "priv"), "privileged") || !text ||
                    check_uint(text, 0, &limit) < 0)
                        continue;
                if (!found || limit < *ret_limit)
                        *ret_limit = limit;
                found = true;
        }
        return found ? 0 : -ENOENT;
}
