/* The parser of zonecfg's command language; see parse.h. */
#include "zonecfg/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"

static const char *const verb_names[VERBS] = {
    [VERB_ADD] = "add",       [VERB_CANCEL] = "cancel", [VERB_CLEAR] = "clear",   [VERB_COMMIT] = "commit",
    [VERB_CREATE] = "create", [VERB_DELETE] = "delete", [VERB_DIFF] = "diff",     [VERB_EDIT] = "edit",
    [VERB_END] = "end",       [VERB_EXIT] = "exit",     [VERB_EXPORT] = "export", [VERB_HELP] = "help",
    [VERB_IMPORT] = "import", [VERB_INFO] = "info",     [VERB_REMOVE] = "remove", [VERB_REVERT] = "revert",
    [VERB_SELECT] = "select", [VERB_SET] = "set",       [VERB_VERIFY] = "verify",
};

const char *verb_name(enum verb verb)
{
        return verb_names[verb];
}

int verb_from_name(const char *name)
{
        if (strcmp(name, "?") == 0)
                return VERB_HELP;
        for (int i = 0; i < VERBS; i++)
                if (strcmp(verb_names[i], name) == 0)
                        return i;
        return -1;
}

struct parser {
        struct lexer *lex;
        struct token tok; /* the token to look at */
        struct syntax_error *error;
};

static void advance(struct parser *p)
{
        p->tok = lexer_next(p->lex);
}

static int syntax_error(struct parser *p, const char *hint)
{
        struct syntax_error *e = p->error;
        int len = p->tok.len < sizeof(e->token) - 1 ? (int)p->tok.len : (int)sizeof(e->token) - 1;

        if (p->tok.type == TOK_TERMINATOR && p->tok.text[0] == '\n')
                snprintf(e->token, sizeof(e->token), "\\n");
        else
                snprintf(e->token, sizeof(e->token), "%.*s", len, p->tok.text);
        e->line = p->tok.line;
        e->token_expected = p->tok.len == 0 && p->tok.type != TOK_EOF;
        e->hint = hint;
        e->meant = NULL;
        if (p->tok.type == TOK_BAD)
                e->hint = p->tok.why;
        return -EINVAL;
}

static void tuple_clear(struct complex *c)
{
        for (size_t i = 0; i < c->n; i++) {
                free(c->member[i].name);
                free(c->member[i].value);
        }
        free(c->member);
        *c = (struct complex){0};
}

static void value_clear(struct value *v)
{
        free(v->simple);
        tuple_clear(&v->tuple);
        for (size_t i = 0; i < v->n_item; i++)
                value_clear(&v->item[i]);
        free(v->item);
        *v = (struct value){0};
}

void command_clear(struct command *cmd)
{
        for (size_t i = 0; i < cmd->n_arg; i++) {
                free(cmd->arg[i].word);
                if (cmd->arg[i].value)
                        value_clear(cmd->arg[i].value);
                free(cmd->arg[i].value);
        }
        free(cmd->arg);
        *cmd = (struct command){0};
}

static bool is_text(const struct token *tok)
{
        return tok->type == TOK_WORD || tok->type == TOK_QUOTED;
}

/* The text of the token, and on to the next one. */
static int take_text(struct parser *p, char **ret)
{
        if (!is_text(&p->tok))
                return syntax_error(p, NULL);
        *ret = strndup(p->tok.text, p->tok.len);
        if (!*ret)
                return -ENOMEM;
        advance(p);
        return 0;
}

static int expect(struct parser *p, enum token_type type)
{
        if (p->tok.type != type)
                return syntax_error(p, NULL);
        advance(p);
        return 0;
}

static int parse_member(struct parser *p, struct complex *c)
{
        struct member *grown = reallocarray(c->member, c->n + 1, sizeof(*grown));
        int r;

        if (!grown)
                return -ENOMEM;
        c->member = grown;
        c->member[c->n++] = (struct member){0};
        r = take_text(p, &c->member[c->n - 1].name);
        if (r == 0)
                r = expect(p, TOK_EQUAL);
        if (r == 0)
                r = take_text(p, &c->member[c->n - 1].value);
        return r;
}

/* ( name=value , name=value ... ), from the parenthesis on. */
static int parse_complex(struct parser *p, struct value *v)
{
        int r;

        v->kind = VALUE_COMPLEX;
        do {
                advance(p); /* over ( or , */
                r = parse_member(p, &v->tuple);
                if (r < 0)
                        return r;
        } while (p->tok.type == TOK_COMMA);
        return expect(p, TOK_RPAREN);
}

static int parse_scalar(struct parser *p, struct value *v)
{
        if (p->tok.type == TOK_LPAREN)
                return parse_complex(p, v);
        v->kind = VALUE_SIMPLE;
        return take_text(p, &v->simple);
}

/* [ value , value ... ], from the bracket on; the list may be empty. */
static int parse_list(struct parser *p, struct value *v)
{
        int r;

        v->kind = VALUE_LIST;
        advance(p);
        if (p->tok.type == TOK_RBRACKET) {
                advance(p);
                return 0;
        }
        for (;;) {
                struct value *grown = reallocarray(v->item, v->n_item + 1, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                v->item = grown;
                v->item[v->n_item++] = (struct value){0};
                r = parse_scalar(p, &v->item[v->n_item - 1]);
                if (r < 0)
                        return r;
                if (p->tok.type != TOK_COMMA)
                        return expect(p, TOK_RBRACKET);
                advance(p);
        }
}

static int parse_value(struct parser *p, struct value **ret)
{
        *ret = calloc(1, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        return p->tok.type == TOK_LBRACKET ? parse_list(p, *ret) : parse_scalar(p, *ret);
}

/* People write them in values, where each is a word of the language. */
static bool is_bracket(const struct token *tok)
{
        return tok->type == TOK_LBRACKET || tok->type == TOK_RBRACKET || tok->type == TOK_LPAREN ||
               tok->type == TOK_RPAREN;
}

static const char bare_bracket[] = "a value with [ ] ( or ) in it needs double quotes around it";

/* Word, value, or word=value.  pairs counts the pairs that the command already has. */
static int parse_arg(struct parser *p, struct command *cmd, unsigned *pairs)
{
        struct arg *grown = reallocarray(cmd->arg, cmd->n_arg + 1, sizeof(*grown)), *arg;
        struct token first = p->tok;
        int r;

        if (!grown)
                return -ENOMEM;
        cmd->arg = grown;
        arg = &cmd->arg[cmd->n_arg++];
        *arg = (struct arg){0};
        if (is_bracket(&p->tok) && cmd->n_arg > 2) /* add NAME and a value; no command takes more */
                return syntax_error(p, bare_bracket);
        if (p->tok.type == TOK_LPAREN || p->tok.type == TOK_LBRACKET)
                return parse_value(p, &arg->value);
        r = take_text(p, &arg->word);
        if (r < 0 || p->tok.type != TOK_EQUAL)
                return r;
        if (++*pairs > COMMAND_PAIRS_MAX) {
                p->tok = first;
                return syntax_error(p, "at most three property=value pairs are allowed");
        }
        advance(p);
        r = parse_value(p, &arg->value);
        if (r == 0 && arg->value->kind == VALUE_SIMPLE && is_bracket(&p->tok))
                return syntax_error(p, bare_bracket);
        /* vcpus as sockets=1,cores=2 is what people write first. */
        if (r == 0 && arg->value->kind == VALUE_SIMPLE && p->tok.type == TOK_EQUAL)
                return syntax_error(p, "a value with = in it needs double quotes around it");
        return r;
}

static int parse_args(struct parser *p, struct command *cmd)
{
        unsigned pairs = 0;
        int r;

        while (p->tok.type != TOK_TERMINATOR && p->tok.type != TOK_EOF) {
                r = parse_arg(p, cmd, &pairs);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int parse_verb(struct parser *p, struct command *cmd)
{
        char name[16];
        int verb = -1;

        if (p->tok.type == TOK_WORD && p->tok.len < sizeof(name)) {
                memcpy(name, p->tok.text, p->tok.len);
                name[p->tok.len] = '\0';
                verb = verb_from_name(name);
        }
        if (verb < 0) {
                syntax_error(p, NULL);
                p->error->meant = str_nearest(p->error->token, verb_names, VERBS);
                return -EINVAL;
        }
        cmd->verb = (enum verb)verb;
        cmd->line = p->tok.line;
        advance(p);
        return 0;
}

int parse_command(struct lexer *lex, struct command *ret, struct syntax_error *ret_error)
{
        struct parser p = {.lex = lex, .error = ret_error};
        struct command cmd = {0};
        int r;

        do
                advance(&p);
        while (p.tok.type == TOK_TERMINATOR);
        if (p.tok.type == TOK_EOF)
                return 0;
        r = parse_verb(&p, &cmd);
        if (r == 0)
                r = parse_args(&p, &cmd);
        if (r < 0) {
                command_clear(&cmd);
                while (p.tok.type != TOK_TERMINATOR && p.tok.type != TOK_EOF)
                        advance(&p);
                return r;
        }
        *ret = cmd;
        return 1;
}
