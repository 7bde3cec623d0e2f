/* Completion of commands, resource types, properties, values and existing instances; see complete.h. */
#include "zonecfg/complete.h"

#include <string.h>

#include "base/cleanup.h"
#include "zonecfg/templates.h"
#include "zonecfg/verb.h"

#define WORDS_MAX 16

/* What stands before the word to complete, in the command that the cursor is in. */
struct context {
        struct session *s;
        struct completion *c;
        const struct resource_def *scope; /* NULL: global */
        enum lex_state state;
        char word[WORDS_MAX][64];
        enum token_type type[WORDS_MAX];
        size_t n;
        char *prefix;
        bool quoted; /* the prefix follows a quote that is still open */
};

/* Takes over text as a candidate unless it is one already. */
static void offer_once(struct context *x, char *text)
{
        for (size_t i = 0; text && i < x->c->word.n; i++)
                if (strcmp(x->c->word.v[i], text) == 0) {
                        free(text);
                        return;
                }
        if (text)
                strv_consume(&x->c->word, text);
}

static void offer(struct context *x, const char *word, const char *suffix)
{
        char *text;

        if (str_starts(word, x->prefix) && asprintf(&text, "%s%s", word, suffix) >= 0)
                offer_once(x, text);
}

static const char *at(const struct context *x, size_t i)
{
        return i < x->n ? x->word[i] : "";
}

static bool enabled(struct context *x, const char *resource, const char *prop)
{
        const struct brand *brand = session_brand(x->s);

        return !brand || brand_allows(brand, resource, prop, NULL);
}

static void offer_verbs(struct context *x)
{
        for (int i = 0; i < VERBS; i++) {
                enum verb_scope scope = verb_def((enum verb)i)->scope;

                if ((scope == SCOPE_GLOBAL && x->scope) || (scope == SCOPE_RESOURCE && !x->scope))
                        continue;
                offer(x, verb_name((enum verb)i), "");
        }
}

static void offer_resources(struct context *x, bool existing)
{
        size_t n;
        const struct resource_def *res = schema_resources(&n);

        for (size_t i = 0; i < n; i++) {
                if (res[i].flags & RES_GLOBAL)
                        continue;
                if (existing ? x->s->cfg && config_count(x->s->cfg, &res[i]) == 0
                             : !enabled(x, res[i].name, NULL))
                        continue;
                offer(x, res[i].name, "");
        }
}

/* Properties of a scope: those with one of the flags want (0: all). */
static void offer_properties(struct context *x, const struct resource_def *def, unsigned want,
                             const char *suffix)
{
        const char *name = def->flags & RES_GLOBAL ? "zone" : def->name;

        for (size_t i = 0; i < def->n_prop; i++) {
                const struct property_def *p = &def->prop[i];

                if ((p->flags & PROP_HIDDEN) || (want && !(p->flags & want)) || !enabled(x, name, p->name))
                        continue;
                offer(x, p->name, suffix);
        }
}

static void offer_brands(struct context *x)
{
        char **brand = NULL;

        if (brand_list(&x->s->root, &brand, NULL) < 0)
                return;
        for (size_t i = 0; brand && brand[i]; i++) {
                offer(x, brand[i], "");
                free(brand[i]);
        }
        free(brand);
}

/* One of several words with commas between them: those before the last comma are there already. */
static void offer_item(struct context *x, const char *word)
{
        const char *comma = strrchr(x->prefix, ',');
        size_t head = comma ? (size_t)(comma - x->prefix) + 1 : 0, n = strlen(word);
        char *text;

        for (const char *p = x->prefix; p < x->prefix + head; p += strcspn(p, ",") + 1)
                if (strcspn(p, ",") == n && strncmp(p, word, n) == 0)
                        return;
        if (asprintf(&text, "%.*s%s", (int)head, x->prefix, word) < 0)
                return;
        if (str_starts(text, x->prefix))
                offer_once(x, text);
        else
                free(text);
}

static void offer_values(struct context *x, const struct resource_def *def, const char *name)
{
        const struct property_def *p = schema_property(def, name);
        const char *scope = def->flags & RES_GLOBAL ? "zone" : def->name;

        if (!p)
                return;
        if ((def->flags & RES_GLOBAL) && strcmp(name, "brand") == 0)
                offer_brands(x);
        for (size_t i = 0; p->values && p->values[i]; i++)
                if (p->type == TYPE_AUTHS || p->type == TYPE_FSTYPES)
                        offer_item(x, p->values[i]);
                else if (session_brand_permits(x->s, scope, p->name, p->values[i]))
                        offer(x, p->values[i], "");
        if (!p->values && p->type == TYPE_BOOLEAN) {
                offer(x, "true", "");
                offer(x, "false", "");
        }
        /* Paths are absolute: the working directory has nothing to offer. */
        if (p->type == TYPE_PATH && !*x->prefix)
                offer(x, "/", "");
        x->c->files = x->prefix[0] == '/' && (p->type == TYPE_PATH || p->type == TYPE_STRING);
}

/* Does the complex value that the cursor is in have the member already? */
static bool has_member(const struct context *x, const char *name)
{
        for (size_t i = x->n; i-- > 1 && x->type[i] != TOK_LPAREN;)
                if (x->type[i] == TOK_EQUAL && strcmp(x->word[i - 1], name) == 0)
                        return true;
        return false;
}

/* Within ( and ): a member that is not there yet, or its value. */
static void offer_members(struct context *x, const struct property_def *p)
{
        static const char *const known[][2] = {
            {"priv", "privileged"}, {"action", "deny"}, {"action", "none"}};
        _cleanup_free_ char *members = strdup_null(p->members);

        if (x->type[x->n - 1] == TOK_EQUAL) {
                for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                        if (strcmp(at(x, x->n - 2), known[i][0]) == 0)
                                offer(x, known[i][1], "");
                return;
        }
        for (char *m = members, *next; m && *m; m = next) {
                next = m + strcspn(m, ",");
                if (*next)
                        *next++ = '\0';
                if (!has_member(x, m))
                        offer(x, m, "=");
        }
}

static bool sayable(const char *value)
{
        for (; *value; value++)
                if ((unsigned char)*value < 0x20 || *value == 0x7f || *value == '"')
                        return false;
        return true;
}

bool completion_bare(const char *value)
{
        return *value && sayable(value) && !strpbrk(value, " ;=[](),#");
}

/* A value as it has to be written, if a command can say it and what is typed of it began as it has to. */
static void offer_value_of(struct context *x, const char *value)
{
        char *text;

        if (!sayable(value))
                return;
        if (x->quoted)
                offer(x, value, "\"");
        else if (completion_bare(value))
                offer(x, value, "");
        else if (!*x->prefix && asprintf(&text, "\"%s\"", value) >= 0)
                offer_once(x, text);
}

/* What tells the existing resources apart: PROP= before the equals sign, their values after it. */
static void offer_instances(struct context *x, const char *resource, const char *prop)
{
        const struct resource *res = NULL;

        if (!x->s->cfg)
                return;
        while ((res = config_next(x->s->cfg, resource, res)))
                for (size_t i = 0; i < res->n_prop; i++) {
                        const struct property *p = &res->prop[i];

                        if (!p->simple || !(p->def->flags & PROP_KEY))
                                continue;
                        if (prop && strcmp(prop, p->def->name) == 0)
                                offer_value_of(x, p->simple);
                        else if (!prop)
                                offer(x, p->def->name, "=");
                }
}

static void after_select(struct context *x)
{
        bool last_equal = x->type[x->n - 1] == TOK_EQUAL;
        size_t first = x->n > 1 && at(x, 1)[0] == '-' ? 2 : 1;

        if (x->n == first)
                offer_resources(x, true);
        else
                offer_instances(x, at(x, first), last_equal ? at(x, x->n - 2) : NULL);
}

/* add and remove within a resource: a list property, then its value. */
static void after_list_verb(struct context *x)
{
        const struct property_def *p;

        if (x->n == 1) {
                offer_properties(x, x->scope, PROP_LIST | PROP_TUPLES, "");
                return;
        }
        p = schema_property(x->scope, at(x, 1));
        if (!p)
                return;
        if (x->state == LEX_COMPLEX)
                offer_members(x, p);
        else
                offer_values(x, x->scope, p->name);
}

static void offer_topics(struct context *x)
{
        static const char *const topic[] = {"commands", "syntax", "usage", "properties"};

        for (size_t i = 0; i < ARRAY_SIZE(topic); i++)
                offer(x, topic[i], "");
        for (int i = 0; i < VERBS; i++)
                offer(x, verb_name((enum verb)i), "");
        offer_resources(x, false);
        offer_properties(x, x->scope ? x->scope : schema_global(), 0, "");
}

static void offer_templates(struct context *x)
{
        _cleanup_(strv_free) struct strv name = {0};

        templates_list(&x->s->root, &name);
        for (size_t i = 0; i < name.n; i++)
                offer(x, name.v[i], "");
}

/* Of -b, -t, -a and -X, one; -F once. */
static void offer_create_options(struct context *x)
{
        const char *left = "FbtaX";

        for (size_t i = 1; i < x->n; i++)
                if (x->word[i][0] == '-')
                        left = strcmp(x->word[i], "-F") == 0 ? (*left == 'F' ? left + 1 : "")
                                                             : (*left == 'F' ? "F" : "");
        for (; *left; left++)
                offer(x, (char[]){'-', *left, '\0'}, "");
}

static void offer_option_values(struct context *x, enum verb verb)
{
        const char *before = at(x, x->n - 1);

        if (strcmp(before, "-f") == 0 || strcmp(before, "-a") == 0)
                x->c->files = true;
        else if (verb == VERB_CREATE && strcmp(before, "-t") == 0)
                offer_templates(x);
        else if (verb == VERB_CREATE)
                offer_create_options(x);
        else if ((verb == VERB_DELETE || verb == VERB_REVERT || verb == VERB_EXIT) && x->n == 1)
                offer(x, "-F", "");
        else if (verb == VERB_EXPORT || verb == VERB_IMPORT) {
                offer(x, "--json", "");
                offer(x, "-f", "");
        }
}

static void offer_arguments(struct context *x, enum verb verb)
{
        const struct resource_def *scope = x->scope ? x->scope : schema_global();

        switch (verb) {
        case VERB_ADD:
                if (x->scope)
                        after_list_verb(x);
                else if (x->n == 1)
                        offer_resources(x, false);
                break;
        case VERB_REMOVE:
                if (x->scope)
                        after_list_verb(x);
                else
                        after_select(x);
                break;
        case VERB_SELECT:
                after_select(x);
                break;
        case VERB_INFO:
                if (x->n == 1)
                        offer_properties(x, scope, 0, "");
                after_select(x);
                break;
        case VERB_SET:
                if (x->n == 1)
                        offer_properties(x, scope, 0, "=");
                else if (x->state == LEX_COMPLEX && schema_property(scope, at(x, 1)))
                        offer_members(x, schema_property(scope, at(x, 1)));
                else
                        offer_values(x, scope, at(x, 1));
                break;
        case VERB_CLEAR:
                if (x->n == 1)
                        offer_properties(x, scope, PROP_CLEARABLE | PROP_LIST | PROP_TUPLES, "");
                break;
        case VERB_HELP:
                offer_topics(x);
                break;
        default:
                offer_option_values(x, verb);
        }
}

/* Follows add, select, end and cancel, so that a text with several commands is completed in its scope. */
static void follow_scope(struct context *x)
{
        int verb = x->n > 0 ? verb_from_name(x->word[0]) : -1;

        if (verb == VERB_END || verb == VERB_CANCEL)
                x->scope = NULL;
        else if ((verb == VERB_ADD || verb == VERB_SELECT) && !x->scope && x->n > 1)
                x->scope = schema_resource(x->word[1]);
        x->n = 0;
}

/* Splits the text into the words before the cursor and the prefix of the word at it. */
static void read_context(struct context *x, const char *text, size_t len)
{
        struct lexer lex;
        struct token tok;

        lexer_init(&lex, text, len, 1);
        x->c->start = len;
        for (;;) {
                tok = lexer_next(&lex);
                if (tok.type == TOK_EOF)
                        break;
                if (tok.type == TOK_TERMINATOR) {
                        follow_scope(x);
                        continue;
                }
                if (lex.pos == len && (tok.type == TOK_WORD || tok.type == TOK_BAD)) {
                        x->c->start = (size_t)(tok.text - text);
                        x->quoted = text[tok.start] == '"';
                        break;
                }
                if (x->n == WORDS_MAX) /* the first words and the last are what counts */
                        x->n--;
                snprintf(x->word[x->n], sizeof(x->word[0]), "%.*s", tok.len < 63 ? (int)tok.len : 63,
                         tok.text);
                x->type[x->n++] = tok.type;
        }
        x->state = lex.state;
        x->prefix = strndup(text + x->c->start, len - x->c->start);
}

void complete(struct session *s, const char *text, size_t len, struct completion *ret)
{
        struct context x = {.s = s, .c = ret, .scope = s->scope ? s->scope->def : NULL};
        int verb;

        *ret = (struct completion){0};
        if (len > 65536)
                return;
        read_context(&x, text, len);
        verb = x.n > 0 ? verb_from_name(x.word[0]) : -1;
        if (x.prefix && x.n == 0)
                offer_verbs(&x);
        else if (x.prefix && verb >= 0)
                offer_arguments(&x, (enum verb)verb);
        free(x.prefix);
}
