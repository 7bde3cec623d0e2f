/* The verbs that change single properties: set and clear. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/strv.h"
#include "zonecfg/verb.h"

#define HOST_SWAP_MIN (UINT64_C(100) << 20)

static const char name_help[] =
    "A zone name begins with a letter or a digit; up to 62 letters, digits, '-', '_' and '.' follow.";

static int check_new_name(struct session *s, const char *name)
{
        const char *prefix = zone_name_prefix(name);

        if (!zone_name_valid(name))
                return session_error(s, "%s: Bogus zone name\n%s", name, name_help);
        if (s->mode == MODE_CONFINED && strcmp(name, s->zone) != 0)
                return session_error(s,
                                     "zonename cannot be changed in the editor: leave it, then 'set "
                                     "zonename=%s'",
                                     name);
        if (zone_name_reserved(name))
                return session_error(s, "%s: zone names beginning with SUNW are reserved.", name);
        if (prefix)
                return session_error(s, "%s: zones beginning with %s are read-only.", name, prefix);
        if (strcmp(name, s->zone) != 0 && strcmp(name, s->saved) != 0 && session_name_taken(s, name))
                return session_name_used(s, name);
        return 0;
}

/* The new name counts when the configuration is committed; before create it is only another target. */
static int set_zonename(struct session *s, const char *name)
{
        bool exists;
        enum zone_state state = session_state(s, &exists);
        char *copy;
        int r;

        r = check_new_name(s, name);
        if (r < 0)
                return r;
        if (strcmp(name, s->zone) == 0)
                return 0;
        if (state > ZONE_INSTALLED)
                return session_error(s, "%s: Zone state is invalid for the requested operation", s->zone);
        if (!s->cfg && exists) {
                r = session_need(s);
                if (r < 0)
                        return r;
        }
        if (s->cfg) {
                copy = strdup(name);
                if (!copy)
                        return session_nomem(s);
                free(s->cfg->name);
                s->cfg->name = copy;
                s->changed = true;
        }
        snprintf(s->zone, sizeof(s->zone), "%s", name);
        return 0;
}

/*
 * zonepath and brand stand fast once there is an installation that relies on them.  The script of the editor
 * says them again; what it makes of them is compared when it has been read (config_replaceable).
 */
static int check_not_installed(struct session *s, const char *prop)
{
        if (s->mode != MODE_CONFINED && session_state(s, NULL) >= ZONE_INSTALLED)
                return session_error(s, "Zone %s already installed; set %s not allowed.", s->zone, prop);
        return 0;
}

static int set_brand(struct session *s, const char *name)
{
        struct brand *brand = NULL;
        struct error err = {0};
        int r;

        r = brand_load(&s->root, name, &brand, &err);
        if (r == -ENOENT)
                return session_error(s, "brand: there is no brand '%s'", name);
        if (r < 0)
                return session_fail(s, &err);
        brand_free(brand);
        r = config_set_global(s->cfg, "brand", name, &err);
        if (r < 0)
                return session_fail(s, &err);
        s->changed = true;
        session_forget_brand(s);
        return session_brand_fix(s, NULL);
}

/* What a global property needs beyond the check of its value. */
static int check_global(struct session *s, const struct property_def *def, const char *value, bool force)
{
        int r = 0;

        if (s->global && (def->flags & PROP_NOT_IN_GLOBAL_ZONE))
                return session_error(s, "%s is not a valid property for the global zone.", def->name);
        if (strcmp(def->name, "zonepath") == 0 || strcmp(def->name, "brand") == 0) {
                r = force ? 0 : check_not_installed(s, def->name);
                s->forced_move |= force;
        }
        if (r == 0 && strcmp(def->name, "brand") != 0)
                r = session_brand_allows(s, "zone", def->name);
        if (r == 0)
                r = session_brand_value(s, "zone", def->name, value);
        if (r == 0 && s->global && (def->flags & PROP_ALIAS))
                session_warn_global(s);
        return r;
}

static bool is_resource_property(const char *name)
{
        size_t n;
        const struct resource_def *res = schema_resources(&n);

        for (size_t i = 0; i < n; i++)
                if (schema_property(&res[i], name))
                        return true;
        return false;
}

static int set_global(struct session *s, const char *name, const struct value *value, bool force)
{
        const struct property_def *def = schema_property(schema_global(), name);
        struct error err = {0};
        int r;

        if (!def)
                return is_resource_property(name)
                           ? session_error(s,
                                           "Cannot set a resource-specific property from the global scope.")
                           : no_such_property(s, schema_global(), name);
        if (value->kind != VALUE_SIMPLE)
                return session_error(s, "A %s value was expected here.", "simple");
        if (strcmp(name, "zonename") == 0)
                return s->global ? session_error(s, "%s is not a valid property for the global zone.", name)
                                 : set_zonename(s, value->simple);
        r = session_need(s);
        if (r == 0)
                r = check_global(s, def, value->simple, force);
        if (r < 0)
                return r;
        if (strcmp(name, "brand") == 0)
                return set_brand(s, value->simple);
        r = config_set_global(s->cfg, name, value->simple, &err);
        if (r < 0)
                return session_fail(s, &err);
        s->changed = true;
        return 0;
}

/* Replaces a list property by the values given; [] empties it. */
static int set_list(struct session *s, const struct property_def *def, const struct value *value)
{
        struct resource *before = resource_copy(s->scope);
        struct error err = {0};
        int r;

        if (!before)
                return session_nomem(s);
        r = resource_clear(s->scope, def->name, &err);
        r = r < 0 ? session_fail(s, &err) : value_add(s, def, value);
        if (r < 0) {
                resource_free(s->scope);
                s->scope = before;
        } else {
                resource_free(before);
        }
        return r;
}

/* The host itself needs more swap than a zone does. */
static int check_host_swap(struct session *s, const char *prop, const char *value)
{
        uint64_t bytes;

        if (!s->global || strcmp(s->scope->def->name, "capped-memory") != 0 || strcmp(prop, "swap") != 0 ||
            size_parse(value, &bytes) < 0 || bytes >= HOST_SWAP_MIN)
                return 0;
        return session_error(s, "swap value is too small.  It must be at least 100M.");
}

/* Of a script that is only read, as that of the editor, verify asks about the users. */
static int check_user(struct session *s, const char *prop, const char *value)
{
        if (s->mode == MODE_CONFINED || strcmp(s->scope->def->name, "admin") != 0 ||
            strcmp(prop, "user") != 0 || getpwnam(value))
                return 0;
        return session_error(s, "user %s is not a valid username", value);
}

static int set_in_scope(struct session *s, const char *name, const struct value *value)
{
        const struct property_def *def = schema_property(s->scope->def, name);
        struct error err = {0};
        int r;

        if (!def)
                return no_such_property(s, s->scope->def, name);
        if (s->global && (def->flags & PROP_NOT_IN_GLOBAL_ZONE))
                return session_error(s, "%s is not a valid property for the global zone.", def->name);
        r = session_brand_allows(s, s->scope->def->name, name);
        if (r < 0)
                return r;
        if (def->flags & (PROP_LIST | PROP_TUPLES))
                return set_list(s, def, value);
        if (value->kind != VALUE_SIMPLE)
                return value_kind_error(s, def);
        r = session_brand_value(s, s->scope->def->name, name, value->simple);
        if (r == 0)
                r = check_user(s, name, value->simple);
        if (r == 0)
                r = check_host_swap(s, name, value->simple);
        if (r < 0)
                return r;
        r = resource_set(s->scope, name, value->simple, &err);
        if (r < 0)
                return session_fail(s, &err);
        if (def->type == TYPE_ROUTER && strchr(value->simple, '/') && s->mode != MODE_CONFINED)
                fprintf(s->err, "Warning: prefix length in %s is not required and will be ignored.\n",
                        value->simple);
        return 0;
}

/* set NAME=two words: what the second is for, only a pair of quotes could say. */
static bool is_unquoted(const struct command *cmd, size_t first)
{
        if (cmd->n_arg < first + 2 || !cmd->arg[first].value || cmd->arg[first].value->kind != VALUE_SIMPLE)
                return false;
        for (size_t i = first + 1; i < cmd->n_arg; i++)
                if (!cmd->arg[i].word || cmd->arg[i].value)
                        return false;
        return true;
}

int verb_set(struct session *s, const struct command *cmd)
{
        const struct arg *arg;
        struct options opt;
        int r;

        if (options_parse(cmd, "F", &opt) < 0 || opt.json)
                return session_usage(s, VERB_SET);
        if (is_unquoted(cmd, opt.first))
                return session_error(s, "%s: a value with blanks in it needs double quotes around it",
                                     str_empty(cmd->arg[opt.first].word));
        if (cmd->n_arg != opt.first + 1)
                return session_usage(s, VERB_SET);
        arg = &cmd->arg[opt.first];
        if (!arg->word || !arg->value)
                return session_usage(s, VERB_SET);
        r = session_writable(s, "set");
        if (r < 0)
                return r;
        if (opt.flag['F'] && (s->scope || strcmp(arg->word, "zonepath") != 0))
                return session_error(s, "Only zonepath setting can be forced.");
        if (opt.flag['F'] && !*s->root.path)
                return session_error(s, "Zonepath is changeable only in an alternate root.");
        return s->scope ? set_in_scope(s, arg->word, arg->value)
                        : set_global(s, arg->word, arg->value, opt.flag['F']);
}

static int clear_global(struct session *s, const char *name)
{
        const struct property_def *def = schema_property(schema_global(), name);
        struct error err = {0};
        int r;

        if (!def)
                return no_such_property(s, schema_global(), name);
        if (!(def->flags & PROP_CLEARABLE))
                return session_error(s, "%s: Clearing this property is not allowed", name);
        r = session_need(s);
        if (r < 0)
                return r;
        r = config_clear_global(s->cfg, name, &err);
        if (r < 0)
                return session_fail(s, &err);
        s->changed = true;
        return session_brand_fix(s, NULL); /* a fixed value cannot be cleared away */
}

static int clear_in_scope(struct session *s, const char *name)
{
        const struct property_def *def = schema_property(s->scope->def, name);
        struct error err = {0};
        int r;

        if (!def)
                return no_such_property(s, s->scope->def, name);
        if (!(def->flags & (PROP_CLEARABLE | PROP_LIST | PROP_TUPLES)))
                return session_error(s, "%s: Clearing this property is not allowed", name);
        r = resource_clear(s->scope, name, &err);
        return r < 0 ? session_fail(s, &err) : 0;
}

int verb_clear(struct session *s, const struct command *cmd)
{
        int r;

        if (cmd->n_arg != 1 || !cmd->arg[0].word || cmd->arg[0].value)
                return session_usage(s, VERB_CLEAR);
        r = session_writable(s, "clear");
        if (r < 0)
                return r;
        return s->scope ? clear_in_scope(s, cmd->arg[0].word) : clear_global(s, cmd->arg[0].word);
}
