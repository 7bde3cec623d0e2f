/*
 * A zonecfg session: one zone, its configuration in memory, where the commands come from, and what has been
 * done so far.  The verbs (verb.h) work on it; nothing else is shared between them.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/root.h"
#include "base/zone.h"
#include "brand/brand.h"
#include "config/config.h"
#include "config/edit.h"
#include "config/schema.h"
#include "zonecfg/parse.h"

enum session_mode {
        MODE_ARGUMENTS,   /* zonecfg -z ZONE SUBCOMMAND... */
        MODE_FILE,        /* -f FILE, or a standard input that is no terminal */
        MODE_INTERACTIVE, /* a person at a terminal */
        MODE_CONFINED,    /* a script that may change the configuration in memory and nothing else */
};

struct session {
        struct root root;
        char zone[ZONENAME_MAX];  /* the zone, and where commit saves */
        char saved[ZONENAME_MAX]; /* the name it is saved under; "" if it is not (differs after a rename) */
        bool global;              /* the global zone */
        enum session_mode mode;
        const char *file; /* name of the script for messages; NULL when it has none */
        unsigned line;    /* of the command being run */
        unsigned told;    /* line for which the place was last printed */
        bool terminal;    /* may ask questions */
        bool read_only;
        FILE *out, *err;

        struct config *cfg;      /* NULL until a command needs it */
        struct config *baseline; /* what is saved; NULL for a new zone */
        char *seen;              /* the zone's file as it was read or saved last; NULL: there was none */
        size_t seen_len;
        bool changed;
        bool forced_move;       /* set -F zonepath or brand: somebody moves an installation himself */
        struct resource *scope; /* resource being added or edited; NULL in the global scope */
        size_t scope_pos;
        bool scope_selected; /* from select: end replaces instead of adding */
        struct brand *brand; /* that of cfg; loaded when needed */

        bool many; /* one zone after another: what the brand's check says is printed with the zone's name */
        char *notices; /* what the brand's check said last of a configuration that is right; NULL: nothing yet
                        */

        bool repeatable; /* nothing was run that cannot be run once more */
        bool again;      /* another command was faster: run everything once more */
        int lock;        /* of the zone, while that is done; else -1 */

        bool failed; /* an error was seen */
        bool quit;
};

void session_init(struct session *s);
void session_clear(struct session *s);

/* Prints an error, preceded by its place in a script, and remembers it; returns -EINVAL. */
int session_error(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The text of err, as it is. */
int session_fail(struct session *s, const struct error *err);
int session_nomem(struct session *s);
/* What everybody hears who limits the host itself. */
void session_warn_global(struct session *s);
/* "usage:" and the short form of a command. */
int session_usage(struct session *s, enum verb verb);

/* The configuration, loaded on first use; prints what is wrong. */
int session_need(struct session *s);
/* Drops what is in memory, of a zone that is no longer saved. */
void session_forget(struct session *s);
/* Reads what is saved now under the name s->saved, in place of what is in memory; that may be nothing. */
int session_reload(struct session *s);
/* Takes over cfg as the configuration in memory. */
void session_adopt(struct session *s, struct config *cfg);
/* Leaves the resource scope, dropping what was edited. */
void session_leave_scope(struct session *s);
/* Refuses an edit in read-only mode: "ZONE: cannot VERB in read-only mode." */
int session_writable(struct session *s, const char *verb);

/* Is there a file of that name, whether or not the index has it? */
bool session_file_exists(const struct session *s, const char *name);
/* Has the index or a file that name? */
bool session_name_taken(const struct session *s, const char *name);
/* Says that it has; -EINVAL. */
int session_name_used(struct session *s, const char *name);
/* Refuses to make the zone over a file that is not in the index: somebody may still want it. */
int session_check_stray(struct session *s);

/* The state the zone is in now, running for the global one; ZONE_CONFIGURED for one that is not in the index
 * (*ret_known false). */
enum zone_state session_state(struct session *s, bool *ret_known);

/* The brand of the configuration, or NULL when it has none or one that does not exist. */
const struct brand *session_brand(struct session *s);
void session_forget_brand(struct session *s);
/* Refuses a resource (and property, unless NULL) that the brand does not have. */
int session_brand_allows(struct session *s, const char *resource, const char *prop);
/* Is the value one that the brand lets the property have? */
bool session_brand_permits(struct session *s, const char *resource, const char *prop, const char *value);
/* Refuses a value that it does not. */
int session_brand_value(struct session *s, const char *resource, const char *prop, const char *value);
/* Sets the properties that the brand fixes, in the global scope (res NULL) or in a new resource. */
int session_brand_fix(struct session *s, struct resource *res);

/* Runs one command; what went wrong was printed. */
int session_run(struct session *s, const struct command *cmd);
/* Parses and runs a text.  Stops at the first error unless a person can react to it. */
int session_run_text(struct session *s, const char *text, size_t len, unsigned first_line);
/* Prints a syntax error and what may be written instead. */
void session_syntax_error(struct session *s, const struct syntax_error *e);

/* Asks a yes/no question: 1 yes, 0 no, -1 when nobody can answer. */
int session_ask(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints a long text, through the pager when a person reads it. */
void session_page(struct session *s, const char *text);
