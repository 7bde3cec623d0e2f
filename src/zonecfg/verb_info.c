/* info: what the configuration says, as people and boot services read it. */
#include <stdlib.h>
#include <string.h>

#include "zonecfg/verb.h"

static int print_taken(struct session *s, char *text)
{
        if (!text)
                return session_nomem(s);
        session_page(s, text);
        free(text);
        return 0;
}

/* The line of one global property: boot services parse exactly this. */
static int info_global(struct session *s, const struct property_def *def)
{
        _cleanup_free_ char *value = NULL;

        if (strcmp(def->name, "zonename") == 0) {
                fprintf(s->out, "zonename: %s\n", s->cfg->name);
                return 0;
        }
        value = config_show_global(s->cfg, def->name);
        if (def->flags & PROP_ALIAS) {
                if (value)
                        fprintf(s->out, "[%s: %s]\n", def->name, value);
        } else {
                fprintf(s->out, "%s: %s\n", def->name, value ? value : "");
        }
        return 0;
}

static int info_resources(struct session *s, const struct command *cmd, const struct resource_def *def)
{
        struct member match[COMMAND_PAIRS_MAX];
        size_t n;
        int r;

        r = pairs_parse(s, cmd, def, 1, match, &n);
        return r < 0 ? r : print_taken(s, config_info(s->cfg, def, match, n));
}

int verb_info(struct session *s, const struct command *cmd)
{
        const struct resource_def *def;
        const struct property_def *global;
        const char *word;
        int r;

        if (cmd->n_arg > 0 && (!cmd->arg[0].word || cmd->arg[0].value || cmd->arg[0].word[0] == '-'))
                return session_usage(s, VERB_INFO);
        r = session_need(s);
        if (r < 0)
                return r;
        if (s->scope)
                return cmd->n_arg == 0 ? print_taken(s, resource_info(s->scope))
                                       : session_usage(s, VERB_INFO);
        if (cmd->n_arg == 0)
                return print_taken(s, config_info(s->cfg, NULL, NULL, 0));
        word = cmd->arg[0].word;
        global = schema_property(schema_global(), word);
        def = schema_resource(word);
        if (global && cmd->n_arg == 1)
                return info_global(s, global);
        if (global || !def || (def->flags & RES_GLOBAL))
                return no_such_resource(s, word);
        return info_resources(s, cmd, def);
}
