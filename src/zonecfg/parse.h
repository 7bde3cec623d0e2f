/*
 * From text to commands: a command is a verb and its arguments, each a word, a value, or word=value.  What
 * the arguments mean is the verb's business; the parser knows only the shape (zonecfg(8), "Grammar").
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "zonecfg/lex.h"

#define COMMAND_PAIRS_MAX 3 /* property=value pairs in one command */

enum verb {
        VERB_ADD,
        VERB_CANCEL,
        VERB_CLEAR,
        VERB_COMMIT,
        VERB_CREATE,
        VERB_DELETE,
        VERB_DIFF,
        VERB_EDIT,
        VERB_END,
        VERB_EXIT,
        VERB_EXPORT,
        VERB_HELP,
        VERB_IMPORT,
        VERB_INFO,
        VERB_REMOVE,
        VERB_REVERT,
        VERB_SELECT,
        VERB_SET,
        VERB_VERIFY,
        VERBS,
};

/* A value as written.  A list holds simple or complex values, or both (which no property accepts). */
struct value {
        enum value_kind kind;
        char *simple;
        struct complex tuple;
        struct value *item;
        size_t n_item;
};

struct arg {
        char *word;          /* NULL: a value alone */
        struct value *value; /* NULL: a word alone */
};

struct command {
        enum verb verb;
        unsigned line;
        struct arg *arg;
        size_t n_arg;
};

/* What could not be parsed: the token, as far as a message needs it. */
struct syntax_error {
        char token[256];
        unsigned line;
        bool token_expected; /* nothing stood where a token should */
        const char *hint;    /* more words, or NULL */
        const char *meant;   /* the verb that was probably meant, or NULL */
};

/* The spelling of a verb ("?" is help), and the reverse (-1 if it is none). */
const char *verb_name(enum verb verb);
int verb_from_name(const char *name);

/*
 * Parses the next command.  1: *ret is a command (free with command_clear); 0: the text is at its end;
 * -EINVAL: a syntax error in *ret_error, and the rest of that command is skipped; -ENOMEM.
 */
int parse_command(struct lexer *lex, struct command *ret, struct syntax_error *ret_error);
void command_clear(struct command *cmd);
