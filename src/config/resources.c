/*
 * Resources of a configuration: adding, finding, replacing, removing; see edit.h.  The two virtual resources,
 * capped-cpu and capped-memory, are taken apart into rctls on the way in and put together on the way out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/alias.h"
#include "config/check.h"
#include "config/edit.h"
#include "config/rules.h"
#include "config/tree.h"

int config_append(struct config *cfg, struct resource *res)
{
        struct resource **grown = reallocarray(cfg->res, cfg->n_res + 1, sizeof(struct resource *));

        if (!grown)
                return -ENOMEM;
        cfg->res = grown;
        cfg->res[cfg->n_res++] = res;
        return 0;
}

int config_remove_at(struct config *cfg, size_t pos)
{
        if (pos >= cfg->n_res)
                return -ENOENT;
        resource_free(cfg->res[pos]);
        memmove(&cfg->res[pos], &cfg->res[pos + 1], (cfg->n_res - pos - 1) * sizeof(struct resource *));
        cfg->n_res--;
        return 0;
}

/* Position of the first resource of a type, n_res if there is none. */
static size_t first_of(const struct config *cfg, const struct resource_def *def)
{
        size_t i = 0;

        while (i < cfg->n_res && cfg->res[i]->def != def)
                i++;
        return i;
}

size_t config_count(const struct config *cfg, const struct resource_def *def)
{
        size_t n = 0;

        if (def->flags & RES_VIRTUAL)
                return first_of(cfg, def) < cfg->n_res || alias_any(cfg, def);
        for (size_t i = 0; i < cfg->n_res; i++)
                n += cfg->res[i]->def == def;
        return n;
}

int config_may_add(const struct config *cfg, const struct resource_def *def, struct error *err)
{
        if (!(def->flags & RES_SINGLETON))
                return 0;
        if (strcmp(def->name, "dedicated-cpu") == 0 && config_global(cfg, "pool"))
                return error_set(err, EEXIST,
                                 "The pool property is already set.  A persistent pool is incompatible\n"
                                 "with the dedicated-cpu resource.");
        if (config_count(cfg, def) == 0)
                return 0;
        if (strcmp(def->name, "capped-memory") == 0)
                return error_set(err, EEXIST,
                                 "The capped-memory resource or a related resource control already exists.");
        return error_set(err, EEXIST, "The %s resource already exists.", def->name);
}

/* Writes the rctls of a virtual resource and takes the aliases out of it; false if nothing is left. */
static int take_apart(struct config *cfg, struct resource *res, bool *ret_left, struct error *err)
{
        for (size_t i = 0; i < res->def->n_prop; i++) {
                const struct property_def *def = &res->def->prop[i];
                const char *value = resource_get(res, def->name);
                uint64_t limit;
                int r;

                if (!(def->flags & PROP_ALIAS))
                        continue;
                if (!value) {
                        alias_clear(cfg, def);
                        continue;
                }
                r = alias_parse(def, value, &limit, err);
                if (r == 0)
                        r = alias_set(cfg, def, limit, err);
                if (r < 0)
                        return r;
                resource_drop(res, def);
        }
        *ret_left = res->n_prop > 0 || res->extra;
        return 0;
}

/* All or nothing: an rctl that stands in the way must not leave half of the others written. */
static int aliases_free(const struct config *cfg, const struct resource *res, struct error *err)
{
        for (size_t i = 0; i < res->n_prop; i++) {
                const struct property_def *def = res->prop[i].def;
                uint64_t limit;

                if ((def->flags & PROP_ALIAS) && alias_get(cfg, def, &limit) == -EBUSY)
                        return error_set(err, EPERM,
                                         "%s: An incompatible rctl already exists for this property",
                                         def->name);
        }
        return 0;
}

static int put_virtual(struct config *cfg, struct resource *res, struct error *err)
{
        bool left = false;
        size_t at;
        int r = aliases_free(cfg, res, err);

        if (r == 0)
                r = take_apart(cfg, res, &left, err);
        if (r < 0)
                return r;
        at = first_of(cfg, res->def);
        if (!left) {
                config_remove_at(cfg, at);
                resource_free(res);
                return 0;
        }
        if (at == cfg->n_res)
                return config_append(cfg, res) < 0 ? error_nomem(err) : 0;
        resource_free(cfg->res[at]);
        cfg->res[at] = res;
        return 0;
}

int config_add(struct config *cfg, struct resource *res, struct error *err)
{
        int r = config_may_add(cfg, res->def, err);

        if (r == 0)
                r = rules_complete(res, err);
        if (r == 0)
                r = rules_unique(cfg, res, cfg->n_res, err);
        if (r < 0)
                return r;
        if (res->def->flags & RES_VIRTUAL)
                return put_virtual(cfg, res, err);
        return config_append(cfg, res) < 0 ? error_nomem(err) : 0;
}

int config_replace(struct config *cfg, size_t pos, struct resource *res, struct error *err)
{
        int r = rules_complete(res, err);

        if (r == 0)
                r = rules_unique(cfg, res, pos, err);
        if (r < 0)
                return r;
        if (res->def->flags & RES_VIRTUAL)
                return put_virtual(cfg, res, err);
        if (pos >= cfg->n_res)
                return error_set(err, ENOENT, "No such resource with that id");
        resource_free(cfg->res[pos]);
        cfg->res[pos] = res;
        return 0;
}

/* Addresses are the same when only one of them carries a prefix length. */
static bool address_matches(const char *a, const char *b)
{
        size_t n = strcspn(a, "/"), m = strcspn(b, "/");

        if (n != m || strncmp(a, b, n) != 0)
                return false;
        return !a[n] || !b[m] || strcmp(a + n, b + m) == 0;
}

/* "2:8:20:0:0:c" is how dladm(8) writes 02:08:20:00:00:0c. */
static bool mac_matches(const char *a, const char *b)
{
        unsigned char x[6], y[6];

        if (check_mac(a, x) < 0 || check_mac(b, y) < 0)
                return strcmp(a, b) == 0;
        return memcmp(x, y, sizeof(x)) == 0;
}

/* "02" is the number 2; what came with a file was never brought into its normal form. */
static bool text_matches(const struct property_def *def, const char *a, const char *b)
{
        _cleanup_free_ char *x = property_normal(def, a), *y = property_normal(def, b);

        return x && y ? strcmp(x, y) == 0 : strcmp(a, b) == 0;
}

static bool property_matches(const struct resource *res, const struct member *match)
{
        const struct property_def *def = schema_property(res->def, match->name);
        const struct property *p = def ? resource_prop(res, def->name) : NULL;

        /* An empty text means unset, as it does in the file, but for those that may be empty. */
        if (!p)
                return def && !*match->value && !(def->flags & PROP_EMPTY);
        for (size_t i = 0; p->items && i < p->n; i++)
                if (strcmp(p->items[i], match->value) == 0)
                        return true;
        if (!p->simple)
                return false;
        if (def->type == TYPE_ADDRESS || def->type == TYPE_ADDRESSES || def->type == TYPE_ROUTER)
                return address_matches(p->simple, match->value);
        if (def->type == TYPE_MAC)
                return mac_matches(p->simple, match->value);
        return text_matches(def, p->simple, match->value);
}

bool resource_matches(const struct resource *res, const struct member *match, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!property_matches(res, &match[i]))
                        return false;
        return true;
}

/* A virtual resource as it would be edited.  Its text says each limit exactly, so that end loses nothing. */
static struct resource *put_together(const struct config *cfg, const struct resource_def *def)
{
        size_t at = first_of(cfg, def);
        struct resource *res = at < cfg->n_res ? resource_copy(cfg->res[at]) : resource_new(def);

        for (size_t i = 0; res && i < def->n_prop; i++) {
                const struct property_def *p = &def->prop[i];
                uint64_t limit, again;
                char text[32];

                if (!(p->flags & PROP_ALIAS) || alias_get(cfg, p, &limit) < 0)
                        continue;
                alias_format(p, limit, text, sizeof(text));
                if (alias_parse(p, text, &again, NULL) < 0 || again != limit)
                        snprintf(text, sizeof(text), "%" PRIu64, limit);
                if (resource_store(res, p, text) < 0) {
                        resource_free(res);
                        return NULL;
                }
        }
        return res;
}

struct resource *config_virtual(const struct config *cfg, const struct resource_def *def)
{
        return config_count(cfg, def) ? put_together(cfg, def) : NULL;
}

int config_find(const struct config *cfg, const struct resource_def *def, const struct member *match,
                size_t n, struct error *err)
{
        size_t found = cfg->n_res, count = 0;

        if (def->flags & RES_VIRTUAL) {
                _cleanup_(resource_freep) struct resource *res = config_virtual(cfg, def);

                if (!res && config_count(cfg, def))
                        return error_nomem(err);
                if (res && resource_matches(res, match, n))
                        return (int)first_of(cfg, def);
                return error_set(err, ENOENT, "No such resource with that id");
        }
        for (size_t i = 0; i < cfg->n_res; i++)
                if (cfg->res[i]->def == def && resource_matches(cfg->res[i], match, n)) {
                        found = count++ ? found : i;
                        if (count > 1)
                                return error_set(err, E2BIG, "Insufficient specification");
                }
        if (count == 0)
                return error_set(err, ENOENT, "No such resource with that id");
        return (int)found;
}

int config_select(const struct config *cfg, const struct resource_def *def, const struct member *match,
                  size_t n, struct resource **ret, size_t *ret_pos, struct error *err)
{
        struct resource *res;
        int pos = config_find(cfg, def, match, n, err);

        if (pos < 0)
                return pos;
        res = def->flags & RES_VIRTUAL ? put_together(cfg, def) : resource_copy(cfg->res[pos]);
        if (!res)
                return error_nomem(err);
        *ret = res;
        *ret_pos = (size_t)pos;
        return 0;
}

size_t config_remove_all(struct config *cfg, const struct resource_def *def)
{
        size_t n = config_count(cfg, def), kept = 0, removed = 0;

        for (size_t i = 0; i < def->n_prop; i++)
                if ((def->flags & RES_VIRTUAL) && (def->prop[i].flags & PROP_ALIAS))
                        alias_clear(cfg, &def->prop[i]);
        for (size_t i = 0; i < cfg->n_res; i++)
                removed += cfg->res[i]->def == def;
        while (kept < removed) {
                config_remove_at(cfg, first_of(cfg, def));
                kept++;
        }
        return n;
}
