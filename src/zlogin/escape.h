/*
 * The escape character of zlogin as a state machine over bytes, apart from terminals and sockets so that
 * every rule of it can be tested: an escape character at the beginning of a line is held back; followed by
 * "." or the terminal's end-of-file character it ends the session, followed by anything else only that
 * character is sent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ESCAPE_NONE (-1) /* no such character, as a terminal may say */

struct escape {
        int cmdchar; /* the escape character; ESCAPE_NONE turns all of it off */
        int eof;     /* ends the session after the escape character, as "." does */
        int line[4]; /* after these, as after CR and LF, a line begins: kill, eol, suspend, interrupt */
        bool at_line_start;
        bool held; /* an escape character was taken and not sent */
};

/* With the usual characters of a terminal: ^D, ^U, ^Z, ^C and no end-of-line character. */
void escape_init(struct escape *e, int cmdchar);

/*
 * Passes n bytes through; what is to be sent goes to out (room for n + 1 bytes), the number is returned.
 * *ret_end is set when the session is to end; *ret_last is then the character that ended it, and the bytes
 * after it are dropped.
 */
size_t escape_filter(struct escape *e, const unsigned char *in, size_t n, unsigned char *out, bool *ret_end,
                     unsigned char *ret_last);

/* Reads the argument of -e: a character, "\\" or "\NNN" (octal).  -EINVAL, or -ERANGE above \377. */
int escape_parse(const char *text, int *ret_cmdchar);
