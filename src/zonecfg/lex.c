/* The lexer of zonecfg's command language; see lex.h. */
#include "zonecfg/lex.h"

#include <stdbool.h>
#include <string.h>

void lexer_init(struct lexer *lex, const char *text, size_t len, unsigned first_line)
{
        *lex = (struct lexer){.text = text, .len = len, .line = first_line, .state = LEX_COMMAND};
}

/* Scripts written on other systems end their lines with CR LF; the CR is no part of the last word. */
static bool at_newline(const struct lexer *lex, size_t pos)
{
        return lex->text[pos] == '\n' ||
               (lex->text[pos] == '\r' && pos + 1 < lex->len && lex->text[pos + 1] == '\n');
}

static bool ends_word(enum lex_state state, char c)
{
        const char *enders = "\";=[]()";

        if (state == LEX_LIST)
                enders = "\";=[](),";
        else if (state == LEX_COMPLEX)
                enders = "\",;=()"; /* brackets are data here */
        return c == ' ' || c == '\t' || c == '\n' || (c != '\0' && strchr(enders, c));
}

static bool is_control(char c)
{
        return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static void skip_blanks(struct lexer *lex)
{
        while (lex->pos < lex->len && (lex->text[lex->pos] == ' ' || lex->text[lex->pos] == '\t'))
                lex->pos++;
        if (lex->state == LEX_COMMAND && lex->pos < lex->len && lex->text[lex->pos] == '#')
                while (lex->pos < lex->len && lex->text[lex->pos] != '\n')
                        lex->pos++;
}

static struct token bad(struct token tok, const char *why)
{
        tok.type = TOK_BAD;
        tok.why = why;
        return tok;
}

/* There are no escapes: what looks like a quote in a value would be two values. */
static const char inner_quote[] = "a value cannot hold a double quote";

static struct token quoted(struct lexer *lex, struct token tok)
{
        size_t i = lex->pos + 1;

        while (i < lex->len && lex->text[i] != '"' && !at_newline(lex, i) && !is_control(lex->text[i]))
                i++;
        tok.text = lex->text + lex->pos + 1;
        tok.len = i - lex->pos - 1;
        tok.type = TOK_QUOTED;
        if (i >= lex->len || lex->text[i] != '"') {
                lex->pos = i;
                return bad(tok, "unterminated quote or control character");
        }
        lex->pos = ++i;
        if (i < lex->len && !at_newline(lex, i) &&
            (lex->text[i] == '"' || !ends_word(lex->state, lex->text[i])))
                return bad(tok, inner_quote);
        return tok;
}

static struct token word(struct lexer *lex, struct token tok)
{
        size_t i = lex->pos;

        tok.type = TOK_WORD;
        while (i < lex->len && !ends_word(lex->state, lex->text[i]) && !at_newline(lex, i)) {
                if (is_control(lex->text[i]))
                        tok = bad(tok, "unterminated quote or control character");
                i++;
        }
        if (i > lex->pos && i < lex->len && lex->text[i] == '"')
                tok = bad(tok, inner_quote);
        if (i == lex->pos)
                i++; /* a character that cannot stand here, such as ] outside a list */
        tok.text = lex->text + lex->pos;
        tok.len = i - lex->pos;
        lex->pos = i;
        if (lex->state == LEX_COMMAND)
                lex->state = LEX_TOKEN;
        return tok;
}

/* A token of one character, and the state that follows it. */
static struct token punctuation(struct lexer *lex, struct token tok, enum token_type type)
{
        switch (type) {
        case TOK_LBRACKET:
                lex->state = LEX_LIST;
                break;
        case TOK_RBRACKET:
                lex->state = LEX_TOKEN;
                break;
        case TOK_LPAREN:
                lex->outer = lex->state == LEX_LIST ? LEX_LIST : LEX_TOKEN;
                lex->state = LEX_COMPLEX;
                break;
        case TOK_RPAREN:
                lex->state = lex->state == LEX_COMPLEX ? lex->outer : lex->state;
                break;
        case TOK_TERMINATOR:
                lex->state = LEX_COMMAND;
                break;
        default:
                break;
        }
        tok.type = type;
        tok.len = 1;
        lex->pos++;
        return tok;
}

struct token lexer_next(struct lexer *lex)
{
        struct token tok;
        char c;

        skip_blanks(lex);
        tok = (struct token){.line = lex->line, .start = lex->pos, .text = lex->text + lex->pos};
        if (lex->pos >= lex->len) {
                tok.text = "";
                return tok;
        }
        if (at_newline(lex, lex->pos)) {
                if (lex->text[lex->pos] == '\r')
                        lex->pos++;
                lex->line++;
                tok.text = "\n";
                return punctuation(lex, tok, TOK_TERMINATOR);
        }
        c = lex->text[lex->pos];
        switch (c) {
        case ';':
                return punctuation(lex, tok, TOK_TERMINATOR);
        case '=':
                return punctuation(lex, tok, TOK_EQUAL);
        case '"':
                return quoted(lex, tok);
        case '(':
                return punctuation(lex, tok, TOK_LPAREN);
        case ')':
                return punctuation(lex, tok, TOK_RPAREN);
        case '[':
                return lex->state == LEX_COMPLEX ? word(lex, tok) : punctuation(lex, tok, TOK_LBRACKET);
        case ']':
                return lex->state == LEX_COMPLEX ? word(lex, tok) : punctuation(lex, tok, TOK_RBRACKET);
        case ',':
                if (lex->state == LEX_LIST || lex->state == LEX_COMPLEX)
                        return punctuation(lex, tok, TOK_COMMA);
                return word(lex, tok);
        default:
                return word(lex, tok);
        }
}
