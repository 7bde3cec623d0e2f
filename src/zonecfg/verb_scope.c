/* The verbs that open and close a resource: add, select, end, cancel. */
#include <errno.h>
#include <string.h>

#include "zonecfg/verb.h"

static int add_resource(struct session *s, const struct command *cmd)
{
        const struct resource_def *def;
        struct error err = {0};
        int r;

        if (cmd->n_arg != 1 || !cmd->arg[0].word || cmd->arg[0].value || cmd->arg[0].word[0] == '-')
                return session_usage(s, VERB_ADD);
        r = session_writable(s, "add");
        if (r == 0)
                r = resource_named_by(s, cmd->arg[0].word, &def);
        if (r == 0)
                r = session_need(s);
        if (r != 0)
                return r;
        if (s->global && (def->flags & RES_NOT_IN_GLOBAL_ZONE))
                return session_error(s, "Cannot add a %s resource to the global zone.", def->name);
        r = session_brand_allows(s, def->name, NULL);
        if (r < 0)
                return r;
        if (config_may_add(s->cfg, def, &err) < 0)
                return session_fail(s, &err);
        if (s->global && ((def->flags & RES_VIRTUAL) || strcmp(def->name, "rctl") == 0))
                session_warn_global(s);
        s->scope = resource_new(def);
        if (!s->scope)
                return session_nomem(s);
        s->scope_selected = false;
        r = session_brand_fix(s, s->scope);
        if (r < 0)
                session_leave_scope(s);
        return r;
}

static int add_property(struct session *s, const struct command *cmd)
{
        const struct property_def *def;
        const struct arg *arg = cmd->arg;
        struct value simple = {.kind = VALUE_SIMPLE};
        int r;

        if (cmd->n_arg != 2 || !arg[0].word || arg[0].value || (arg[1].word && arg[1].value))
                return session_usage(s, VERB_ADD);
        def = schema_property(s->scope->def, arg[0].word);
        if (!def)
                return no_such_property(s, s->scope->def, arg[0].word);
        if (!(def->flags & (PROP_LIST | PROP_TUPLES)))
                return session_error(s, "%s: holds a single value: use 'set %s=VALUE'", def->name, def->name);
        r = session_brand_allows(s, s->scope->def->name, def->name);
        if (r < 0)
                return r;
        simple.simple = arg[1].word;
        return value_add(s, def, arg[1].value ? arg[1].value : &simple);
}

int verb_add(struct session *s, const struct command *cmd)
{
        return s->scope ? add_property(s, cmd) : add_resource(s, cmd);
}

int verb_select(struct session *s, const struct command *cmd)
{
        struct member match[COMMAND_PAIRS_MAX];
        const struct resource_def *def;
        struct error err = {0};
        size_t n = 0;
        int r;

        if (cmd->n_arg < 1 || !cmd->arg[0].word || cmd->arg[0].value || cmd->arg[0].word[0] == '-')
                return session_usage(s, VERB_SELECT);
        r = session_writable(s, "select");
        if (r == 0)
                r = resource_named_by(s, cmd->arg[0].word, &def);
        if (r == 0)
                r = pairs_parse(s, cmd, def, 1, match, &n);
        if (r != 0)
                return r;
        if (n == 0 && !(def->flags & RES_SINGLETON))
                return session_usage(s, VERB_SELECT);
        r = session_need(s);
        if (r < 0)
                return r;
        r = config_select(s->cfg, def, match, n, &s->scope, &s->scope_pos, &err);
        if (r < 0)
                return session_error(s, "select %s: %s", def->name, err.text);
        s->scope_selected = true;
        return 0;
}

int verb_end(struct session *s, const struct command *cmd)
{
        struct error err = {0};
        int r;

        if (cmd->n_arg > 0)
                return session_usage(s, VERB_END);
        if (s->scope_selected)
                r = config_replace(s->cfg, s->scope_pos, s->scope, &err);
        else
                r = config_add(s->cfg, s->scope, &err);
        if (r < 0)
                return session_fail(s, &err); /* the scope stays open, so that it can be put right */
        s->scope = NULL;                      /* the configuration owns it now */
        session_leave_scope(s);
        s->changed = true;
        return 0;
}

int verb_cancel(struct session *s, const struct command *cmd)
{
        if (cmd->n_arg > 0)
                return session_usage(s, VERB_CANCEL);
        session_leave_scope(s);
        return 0;
}
