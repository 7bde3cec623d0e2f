/* remove: resources in the global scope, single values of a list property in a resource scope. */
#include <errno.h>
#include <string.h>

#include "zonecfg/verb.h"

static int remove_one_value(struct session *s, const struct property_def *def, const struct value *value)
{
        struct error err = {0};
        int r;

        if ((def->flags & PROP_LIST) && value->kind == VALUE_SIMPLE)
                r = resource_remove_item(s->scope, def->name, value->simple, &err);
        else if ((def->flags & PROP_TUPLES) && value->kind == VALUE_COMPLEX)
                r = resource_remove_tuple(s->scope, def->name, &value->tuple, &err);
        else
                return value_kind_error(s, def);
        if (r == -ENOENT)
                return session_error(s, "%s: No such property with that id", def->name);
        return r < 0 ? session_fail(s, &err) : 0;
}

static int remove_value(struct session *s, const struct command *cmd)
{
        const struct property_def *def;
        const struct arg *arg = cmd->arg;
        struct value simple = {.kind = VALUE_SIMPLE};
        const struct value *value;
        int r = 0;

        if (cmd->n_arg != 2 || !arg[0].word || arg[0].value || (arg[1].word && arg[1].value))
                return session_usage(s, VERB_REMOVE);
        def = schema_property(s->scope->def, arg[0].word);
        if (!def)
                return no_such_property(s, s->scope->def, arg[0].word);
        if (!(def->flags & (PROP_LIST | PROP_TUPLES)))
                return session_error(s, "%s: holds a single value: use '%s %s%s'", def->name,
                                     def->flags & PROP_CLEARABLE ? "clear" : "set", def->name,
                                     def->flags & PROP_CLEARABLE ? "" : "=VALUE");
        simple.simple = arg[1].word;
        value = arg[1].value ? arg[1].value : &simple;
        if (value->kind != VALUE_LIST)
                return remove_one_value(s, def, value);
        for (size_t i = 0; i < value->n_item && r == 0; i++)
                r = remove_one_value(s, def, &value->item[i]);
        return r;
}

static int remove_all(struct session *s, const struct resource_def *def, bool force)
{
        size_t n = config_count(s->cfg, def);

        if (n == 0)
                return session_error(s, "remove %s: No such entry", def->name);
        if (n > 1 && !force) {
                int answer = session_ask(s, "Are you sure you want to remove ALL '%s' resources", def->name);

                if (answer < 0)
                        return session_error(s, "There are multiple instances of this resource.  Either "
                                                "qualify the resource to\nremove a single instance or use "
                                                "the -F option to remove all instances.");
                if (answer == 0)
                        return 0;
        }
        config_remove_all(s->cfg, def);
        s->changed = true;
        return 0;
}

static int remove_matching(struct session *s, const struct resource_def *def, const struct member *match,
                           size_t n)
{
        _cleanup_(resource_freep) struct resource *found = NULL;
        struct error err = {0};
        size_t pos;
        int r;

        r = config_select(s->cfg, def, match, n, &found, &pos, &err);
        if (r < 0)
                return session_error(s, "remove %s: %s", def->name, err.text);
        if (def->flags & RES_SINGLETON)
                config_remove_all(s->cfg,
                                  def); /* it may be made of rctls, which have no position of its own */
        else
                config_remove_at(s->cfg, pos);
        s->changed = true;
        return 0;
}

static int remove_resource(struct session *s, const struct command *cmd)
{
        struct member match[COMMAND_PAIRS_MAX];
        const struct resource_def *def;
        struct options opt;
        size_t n = 0;
        int r;

        if (options_parse(cmd, "F", &opt) < 0 || opt.json || opt.first >= cmd->n_arg ||
            !cmd->arg[opt.first].word || cmd->arg[opt.first].value ||
            (opt.flag['F'] && cmd->n_arg > opt.first + 1))
                return session_usage(s, VERB_REMOVE);
        r = resource_named_by(s, cmd->arg[opt.first].word, &def);
        if (r == 0)
                r = pairs_parse(s, cmd, def, opt.first + 1, match, &n);
        if (r == 0)
                r = session_need(s);
        if (r < 0)
                return r;
        return n > 0 ? remove_matching(s, def, match, n) : remove_all(s, def, opt.flag['F']);
}

int verb_remove(struct session *s, const struct command *cmd)
{
        int r = session_writable(s, "remove");

        if (r < 0)
                return r;
        return s->scope ? remove_value(s, cmd) : remove_resource(s, cmd);
}
