/* The arguments of a command as the verbs read them: options, property=value pairs; see verb.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zonecfg/verb.h"

int options_parse(const struct command *cmd, const char *spec, struct options *ret)
{
        size_t i = 0;

        *ret = (struct options){0};
        for (; i < cmd->n_arg && cmd->arg[i].word && !cmd->arg[i].value; i++) {
                const char *word = cmd->arg[i].word;

                if (word[0] != '-' || !word[1])
                        break;
                if (strcmp(word, "--json") == 0) {
                        ret->json = true;
                        continue;
                }
                for (const char *p = word + 1; *p; p++) {
                        const char *known = *p == ':' ? NULL : strchr(spec, *p);

                        if (!known || (unsigned char)*p >= sizeof(ret->flag))
                                return -EINVAL;
                        ret->flag[(unsigned char)*p] = true;
                        if (known[1] != ':')
                                continue;
                        if (!p[1] && (++i >= cmd->n_arg || !cmd->arg[i].word || cmd->arg[i].value))
                                return -EINVAL;
                        ret->value[(unsigned char)*p] = p[1] ? p + 1 : cmd->arg[i].word;
                        break;
                }
        }
        ret->first = i;
        return 0;
}

/* "WORD: No such KIND type", and which of the names was probably meant. */
static int no_such(struct session *s, const char *word, const char *kind, const char *const *names, size_t n)
{
        const char *meant = str_nearest(word, names, n);

        return meant ? session_error(s, "%s: No such %s type; did you mean '%s'?", word, kind, meant)
                     : session_error(s, "%s: No such %s type", word, kind);
}

int no_such_resource(struct session *s, const char *word)
{
        _cleanup_free_ const char **names = NULL;
        size_t n;
        const struct resource_def *res = schema_resources(&n);

        names = calloc(n, sizeof(*names));
        if (!names)
                return session_nomem(s);
        for (size_t i = 0; i < n; i++)
                names[i] = res[i].name;
        return no_such(s, word, "resource", names, n);
}

int no_such_property(struct session *s, const struct resource_def *def, const char *word)
{
        _cleanup_free_ const char **names = calloc(def->n_prop, sizeof(*names));

        if (!names)
                return session_nomem(s);
        for (size_t i = 0; i < def->n_prop; i++)
                names[i] = def->prop[i].name;
        return no_such(s, word, "property", names, def->n_prop);
}

int resource_named_by(struct session *s, const char *word, const struct resource_def **ret)
{
        *ret = schema_resource(word);
        return !*ret || ((*ret)->flags & RES_GLOBAL) ? no_such_resource(s, word) : 0;
}

int pairs_parse(struct session *s, const struct command *cmd, const struct resource_def *def, size_t first,
                struct member *match, size_t *ret_n)
{
        size_t n = 0;

        for (size_t i = first; i < cmd->n_arg; i++) {
                const struct arg *arg = &cmd->arg[i];

                if (!arg->word || !arg->value || n == COMMAND_PAIRS_MAX)
                        return session_usage(s, cmd->verb);
                if (!schema_property(def, arg->word))
                        return no_such_property(s, def, arg->word);
                if (arg->value->kind != VALUE_SIMPLE)
                        return session_error(s, "A %s value was expected here.", "simple");
                match[n++] = (struct member){.name = arg->word, .value = arg->value->simple};
        }
        *ret_n = n;
        return 0;
}

int value_kind_error(struct session *s, const struct property_def *def)
{
        if (def->flags & PROP_LIST)
                return session_error(s, "A %s or %s value was expected here.", "simple", "list");
        if (def->flags & PROP_TUPLES)
                return session_error(s, "A %s or %s value was expected here.", "complex", "list");
        return session_error(s, "A %s value was expected here.", "simple");
}

static int add_one(struct session *s, const struct property_def *def, const struct value *value)
{
        struct error err = {0};
        int r;

        if ((def->flags & PROP_LIST) && value->kind == VALUE_SIMPLE)
                r = resource_add_item(s->scope, def->name, value->simple, &err);
        else if ((def->flags & PROP_TUPLES) && value->kind == VALUE_COMPLEX)
                r = resource_add_tuple(s->scope, def->name, &value->tuple, &err);
        else
                return value_kind_error(s, def);
        return r < 0 ? session_fail(s, &err) : 0;
}

int value_add(struct session *s, const struct property_def *def, const struct value *value)
{
        struct resource *before;
        int r = 0;

        if (value->kind != VALUE_LIST)
                return add_one(s, def, value);
        /* All of a list is added, or nothing of it. */
        before = resource_copy(s->scope);
        if (!before)
                return session_nomem(s);
        for (size_t i = 0; i < value->n_item && r == 0; i++)
                r = add_one(s, def, &value->item[i]);
        if (r < 0) {
                resource_free(s->scope);
                s->scope = before;
        } else {
                resource_free(before);
        }
        return r;
}
