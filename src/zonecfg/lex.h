/*
 * The words of zonecfg's command language.  The lexer has four states, and which characters end a word
 * depends on the state (command start, token, list, complex).  It copies nothing: a token points into the
 * text.
 *
 * There is no escape character and no line continuation: a backslash is data.
 */
#pragma once

#include <stddef.h>

enum lex_state {
        LEX_COMMAND, /* a command may start: # begins a comment */
        LEX_TOKEN,   /* after the command word */
        LEX_LIST,    /* inside [ ] */
        LEX_COMPLEX, /* inside ( ) */
};

enum token_type {
        TOK_EOF,
        TOK_TERMINATOR, /* newline or ; */
        TOK_WORD,
        TOK_QUOTED, /* text without its quotes */
        TOK_EQUAL,
        TOK_COMMA,
        TOK_LBRACKET,
        TOK_RBRACKET,
        TOK_LPAREN,
        TOK_RPAREN,
        TOK_BAD, /* an unterminated quote, a quote inside of a word, or a control character */
};

struct token {
        enum token_type type;
        const char *text;
        size_t len;
        unsigned line;   /* of its first character, from 1 */
        size_t start;    /* offset of its first character, quotes included */
        const char *why; /* TOK_BAD: what is wrong with it */
};

struct lexer {
        const char *text;
        size_t len;
        size_t pos;
        unsigned line;
        enum lex_state state;
        enum lex_state outer; /* state to return to after ) */
};

void lexer_init(struct lexer *lex, const char *text, size_t len, unsigned first_line);
/* The next token; at the end of the text TOK_EOF for ever. */
struct token lexer_next(struct lexer *lex);
