/* help: every word of the language, explained from the tables of verbs, resources and properties. */
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "zonecfg/verb.h"

static const char syntax_text[] =
    "Commands are separated by newlines or ';'.  A '#' where a command could start\n"
    "begins a comment.  There is no escape character and no line continuation.\n"
    "\n"
    "<value>\t:= <simple> | <complex> | <list>\n"
    "<simple>\t:= word | \"text in double quotes\"\n"
    "<complex>\t:= ( <name>=<simple> , <name>=<simple> ... )\n"
    "<list>\t:= [ <simple or complex> , ... ], empty as []\n"
    "\n"
    "At most three <property-name>=<property-value> pairs can be given to a command.\n";

/* Not commands of a session; see versions.c. */
static const char conversion_text[] =
    "usage:\n"
    "zonecfg -z <zone> upgrade [-n] [-V <version>]\n"
    "zonecfg -z <zone> downgrade [-n] -V <version>\n"
    "zonecfg upgrade -a [-n] [-V <version>]\n"
    "zonecfg downgrade -a [-n] -V <version>\n"
    "\n"
    "Converts what is saved to another version of the configuration: 1, attributes, as\n"
    "on OmniOS and SmartOS; or 2, resources.  The machine stays the same.  What has no\n"
    "resource stays an attribute; a downgrade that would lose something is refused.\n"
    "The old file is kept in /etc/zones/backup.  -a converts all zones, -n shows the\n"
    "difference and changes nothing.  These are arguments of zonecfg, not commands of\n"
    "a session.\n";

static void put_commands(struct strbuf *b)
{
        for (int i = 0; i < VERBS; i++) {
                const char *help = verb_def((enum verb)i)->help;

                strbuf_printf(b, "%s\n\t", verb_name((enum verb)i));
                for (; *help; help++) {
                        strbuf_putc(b, *help);
                        if (*help == '\n')
                                strbuf_putc(b, '\t');
                }
                strbuf_putc(b, '\n');
        }
}

static void put_usage(struct strbuf *b)
{
        strbuf_puts(b, "usage:\n"
                       "\tzonecfg -z <zone>\t\t\t(interactive)\n"
                       "\tzonecfg -z <zone> <command>[; <command>...]\n"
                       "\tzonecfg -z <zone> -f <command-file>\n"
                       "\tzonecfg -b <brand> resources | properties [<resource-type>] [--json]\n"
                       "\tzonecfg schema --json\n"
                       "\tzonecfg -z <zone> upgrade | downgrade [-n] [-V <version>]\n"
                       "\tzonecfg upgrade | downgrade -a [-n] [-V <version>]\n"
                       "\tzonecfg help [<topic>]\n"
                       "Commands:\n");
        for (int i = 0; i < VERBS; i++)
                strbuf_printf(b, "%s\n", verb_def((enum verb)i)->usage);
}

static const char *value_form(const struct property_def *prop)
{
        if (prop->flags & PROP_TUPLES)
                return "list of complex";
        return prop->flags & PROP_LIST ? "list" : "simple";
}

static void put_property(struct strbuf *b, const struct property_def *prop)
{
        strbuf_printf(b, "\t%s (%s%s)", prop->name, value_form(prop),
                      prop->flags & PROP_REQUIRED ? ", required" : "");
        if (prop->members)
                strbuf_printf(b, " (%s)", prop->members);
        strbuf_printf(b, "\n\t\t%s\n", str_empty(prop->help));
        if (!prop->values)
                return;
        strbuf_puts(b, "\t\tvalues:");
        for (size_t i = 0; prop->values[i]; i++)
                strbuf_printf(b, " %s", prop->values[i]);
        strbuf_putc(b, '\n');
}

static void put_resource(struct strbuf *b, const struct resource_def *def)
{
        strbuf_printf(b, "%s: %s\n", def->flags & RES_GLOBAL ? "global scope" : def->name,
                      str_empty(def->help));
        for (size_t i = 0; i < def->n_prop; i++)
                if (!(def->prop[i].flags & PROP_HIDDEN))
                        put_property(b, &def->prop[i]);
        if (def->example)
                strbuf_printf(b, "Example:\n%s\n", def->example);
}

static void put_topics(struct strbuf *b)
{
        size_t n;
        const struct resource_def *res = schema_resources(&n);

        strbuf_puts(b, "Topics: commands syntax usage properties upgrade downgrade");
        for (int i = 0; i < VERBS; i++)
                strbuf_printf(b, " %s", verb_name((enum verb)i));
        strbuf_puts(b, "\nResource types:");
        for (size_t i = 0; i < n; i++)
                if (!(res[i].flags & RES_GLOBAL))
                        strbuf_printf(b, " %s", res[i].name);
        strbuf_puts(b, "\nand the name of every property.\n");
}

/* Every place where a property of that name is; false if there is none. */
static bool put_property_everywhere(struct strbuf *b, const char *name)
{
        size_t n;
        const struct resource_def *res = schema_resources(&n);
        const struct property_def *prop = schema_property(schema_global(), name);
        bool found = prop;

        if (prop) {
                strbuf_puts(b, "global scope:\n");
                put_property(b, prop);
        }
        for (size_t i = 0; i < n; i++) {
                prop = res[i].flags & RES_GLOBAL ? NULL : schema_property(&res[i], name);
                if (!prop)
                        continue;
                strbuf_printf(b, "%s:\n", res[i].name);
                put_property(b, prop);
                found = true;
        }
        return found;
}

/* Appends the help of one topic; false if there is no such topic. */
static bool put_topic(struct strbuf *b, const char *topic)
{
        const struct resource_def *def = schema_resource(topic);
        int verb = verb_from_name(topic);
        bool found = true;

        if (strcmp(topic, "commands") == 0)
                put_commands(b);
        else if (strcmp(topic, "syntax") == 0)
                strbuf_puts(b, syntax_text);
        else if (strcmp(topic, "usage") == 0)
                put_usage(b);
        else if (strcmp(topic, "properties") == 0)
                put_resource(b, schema_global());
        else if (strcmp(topic, "upgrade") == 0 || strcmp(topic, "downgrade") == 0)
                strbuf_puts(b, conversion_text);
        else if (verb >= 0)
                strbuf_printf(b, "usage:\n%s\n\n%s\n", verb_def((enum verb)verb)->usage,
                              verb_def((enum verb)verb)->help);
        else
                found = false;
        if (def && !(def->flags & RES_GLOBAL)) {
                put_resource(b, def);
                found = true;
        }
        return put_property_everywhere(b, topic) || found;
}

int verb_help(struct session *s, const struct command *cmd)
{
        struct strbuf b = {0};
        char *text;
        int r = 0;

        if (cmd->n_arg == 0) {
                const struct resource_def *def = s->scope ? s->scope->def : NULL;

                if (def)
                        put_resource(&b, def);
                else
                        put_commands(&b);
                put_topics(&b);
        }
        for (size_t i = 0; i < cmd->n_arg && r == 0; i++) {
                const char *topic = cmd->arg[i].word;

                if (!topic || cmd->arg[i].value) {
                        r = session_usage(s, VERB_HELP);
                } else if (!put_topic(&b, topic)) {
                        strbuf_printf(&b, "Unknown help subject %s.  ", topic);
                        put_topics(&b);
                }
        }
        text = strbuf_take(&b);
        if (!text)
                return session_nomem(s);
        if (*text)
                session_page(s, text);
        free(text);
        return r;
}
