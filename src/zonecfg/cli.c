/* Questions that zonecfg answers without a session; see cli.h. */
#include "zonecfg/cli.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "zonecfg/complete.h"
#include "zonecfg/verb.h"

static const char *value_form(const struct property_def *p)
{
        if (p->flags & PROP_TUPLES)
                return "list of complex";
        return p->flags & PROP_LIST ? "list of simple" : "simple";
}

/* A property that a user of this brand can set: enabled, and not fixed by the brand. */
static bool settable(const struct brand *brand, const struct resource_def *def, const struct property_def *p)
{
        const char *name = def->flags & RES_GLOBAL ? "zone" : def->name;

        return !(p->flags & PROP_HIDDEN) && brand_allows(brand, name, p->name, NULL) &&
               !brand_fixed(brand, name, p->name);
}

static int print_json(struct session *s, json_t *value)
{
        char *text = value ? json_dumps(value, JSON_INDENT(2)) : NULL;

        json_decref(value);
        if (!text)
                return 1;
        fprintf(s->out, "%s\n", text);
        free(text);
        return 0;
}

static int list_resources(struct session *s, const struct brand *brand, bool json)
{
        json_t *names = json ? json_array() : NULL;
        size_t n;
        const struct resource_def *res = schema_resources(&n);

        for (size_t i = 0; i < n; i++) {
                if ((res[i].flags & RES_GLOBAL) || !brand_allows(brand, res[i].name, NULL, NULL))
                        continue;
                if (json)
                        json_array_append_new(names, json_string(res[i].name));
                else
                        fprintf(s->out, "%s\n", res[i].name);
        }
        return json ? print_json(s, names) : 0;
}

static json_t *properties_json(const struct brand *brand, const struct resource_def *def)
{
        json_t *object = json_object();

        for (size_t i = 0; i < def->n_prop; i++)
                if (settable(brand, def, &def->prop[i]))
                        json_object_set_new(object, def->prop[i].name,
                                            json_pack("{s:s, s:b, s:s}", "form", value_form(&def->prop[i]),
                                                      "required", def->prop[i].flags & PROP_REQUIRED ? 1 : 0,
                                                      "help", str_empty(def->prop[i].help)));
        return object;
}

static void print_properties(struct session *s, const struct brand *brand, const struct resource_def *def,
                             bool with_resource)
{
        for (size_t i = 0; i < def->n_prop; i++) {
                if (!settable(brand, def, &def->prop[i]))
                        continue;
                if (with_resource)
                        fprintf(s->out, "%s\t", def->flags & RES_GLOBAL ? "zone" : def->name);
                fprintf(s->out, "%s\t%s\n", def->prop[i].name, value_form(&def->prop[i]));
        }
}

static int list_properties(struct session *s, const struct brand *brand, const char *only, bool json)
{
        json_t *all;
        size_t n;
        const struct resource_def *res = schema_resources(&n), *one;

        if (only) {
                one = strcmp(only, "zone") == 0 ? schema_global() : schema_resource(only);
                if (!one || (!(one->flags & RES_GLOBAL) && !brand_allows(brand, one->name, NULL, NULL))) {
                        fprintf(s->err, "%s: No such resource type\n", only);
                        return 1;
                }
                if (json)
                        return print_json(s, properties_json(brand, one));
                print_properties(s, brand, one, false);
                return 0;
        }
        all = json ? json_object() : NULL;
        if (json)
                json_object_set_new(all, "zone", properties_json(brand, schema_global()));
        else
                print_properties(s, brand, schema_global(), true);
        for (size_t i = 0; i < n; i++) {
                if ((res[i].flags & RES_GLOBAL) || !brand_allows(brand, res[i].name, NULL, NULL))
                        continue;
                if (json)
                        json_object_set_new(all, res[i].name, properties_json(brand, &res[i]));
                else
                        print_properties(s, brand, &res[i], true);
        }
        return json ? print_json(s, all) : 0;
}

int cli_brand(struct session *s, const char *name, int argc, char **argv)
{
        _cleanup_(brand_freep) struct brand *brand = NULL;
        bool json = argc > 1 && strcmp(argv[argc - 1], "--json") == 0;
        struct error err = {0};

        if (json)
                argc--;
        if (argc < 1 || (strcmp(argv[0], "resources") != 0 && strcmp(argv[0], "properties") != 0) ||
            argc > (strcmp(argv[0], "properties") == 0 ? 2 : 1)) {
                fputs("usage:\tzonecfg -b <brand> resources [--json]\n"
                      "\tzonecfg -b <brand> properties [<resource-type>] [--json]\n",
                      s->err);
                return 2;
        }
        if (brand_load(&s->root, name, &brand, &err) < 0) {
                fprintf(s->err, "zonecfg: %s\n", err.text);
                return 1;
        }
        return strcmp(argv[0], "resources") == 0 ? list_resources(s, brand, json)
                                                 : list_properties(s, brand, argc > 1 ? argv[1] : NULL, json);
}

int cli_schema(struct session *s, int argc, char **argv)
{
        _cleanup_free_ char *text = NULL;

        if (argc != 1 || strcmp(argv[0], "--json") != 0) {
                fputs("usage:\tzonecfg schema --json\n", s->err);
                return 2;
        }
        text = schema_to_json();
        if (!text)
                return 1;
        fprintf(s->out, "%s\n", text);
        return 0;
}

int cli_help(struct session *s, int argc, char **argv)
{
        struct command cmd = {.verb = VERB_HELP};

        cmd.arg = calloc((size_t)argc + 1, sizeof(*cmd.arg));
        if (!cmd.arg)
                return 1;
        for (int i = 0; i < argc; i++)
                cmd.arg[cmd.n_arg++].word = argv[i];
        verb_help(s, &cmd);
        free(cmd.arg);
        return 0;
}

/* upgrade and downgrade stand where a first command could, and have options instead of a grammar. */
static void complete_conversion(struct session *s, const char *text)
{
        static const char *const words[] = {"upgrade", "downgrade", NULL};
        static const char *const options[] = {"-n", "-V", "-a", NULL};
        static const char *const versions[] = {"1", "2", NULL};
        const char *const *offer = words;
        const char *last;

        text += strspn(text, " ");
        last = strrchr(text, ' ');
        if (last) {
                if (!str_starts(text, "upgrade ") && !str_starts(text, "downgrade "))
                        return;
                offer = last - text > 2 && strncmp(last - 2, "-V", 2) == 0 ? versions : options;
                last++;
        } else {
                last = text;
        }
        for (; *offer; offer++)
                if (str_starts(*offer, last) && !(*s->zone && strcmp(*offer, "-a") == 0))
                        fprintf(s->out, "%s\n", *offer);
}

int cli_complete(struct session *s, const char *text)
{
        struct completion c;

        if (*s->zone)
                config_load(&s->root, s->zone, &s->cfg, NULL);
        complete(s, text, strlen(text), &c);
        for (size_t i = 0; i < c.word.n; i++)
                fprintf(s->out, "%s\n", c.word.v[i]);
        strv_free(&c.word);
        complete_conversion(s, text);
        return 0;
}
