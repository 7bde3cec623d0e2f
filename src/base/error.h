/*
 * Errors are values with context.  A function that can fail returns a negative errno and, when its caller
 * gave it one, fills a struct error with a text for people.  Callers put context in front
 * ("web1: disk0: tank/vm/web1: no such volume"); the edge of the program prints it, once.
 *
 * No function here allocates, so reporting cannot fail for want of memory.  Every function accepts a NULL
 * err and then only returns the code.
 */
#pragma once

#include <stddef.h>

#define ERROR_TEXT_MAX 1024 /* longer texts are cut; a path (4096) seldom comes near */

struct error {
        int code; /* positive errno, 0 when no error was recorded */
        char text[ERROR_TEXT_MAX];
};

/* Records a text.  code is a positive errno; returns -code, so that "return error_set(...)" reads well. */
int error_set(struct error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same with ": " and the text of the code appended.  Accepts a negative code as well. */
int error_errno(struct error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Puts "CONTEXT: " in front of what is recorded; returns the code as a negative errno.  Where no code is
 * known, to a caller that wants no text for one, it is -EIO: a failure never looks like a success.
 */
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * What of a text is still to be said behind the context where: not the name that both have, which the context
 * ends with and the text begins with ("disk /a.img" and "/a.img: no such file").
 */
const char *error_behind(const char *where, const char *text);

/* Out of memory, in one word at every place that can run out of it. */
int error_nomem(struct error *err);

#if defined(__clang_analyzer__) && !defined(ERROR_IMPLEMENTATION)
/* The analyzer sees one source file at a time and cannot know that these never return 0: tell it. */
#define ERROR_NEGATIVE(call)                                                                                 \
        ({                                                                                                   \
                int _negative = (call);                                                                      \
                if (_negative >= 0)                                                                          \
                        __builtin_unreachable();                                                             \
                _negative;                                                                                   \
        })
#define error_set(...)    ERROR_NEGATIVE((error_set)(__VA_ARGS__))
#define error_errno(...)  ERROR_NEGATIVE((error_errno)(__VA_ARGS__))
#define error_prefix(...) ERROR_NEGATIVE((error_prefix)(__VA_ARGS__))
#define error_nomem(err)  ERROR_NEGATIVE((error_nomem)(err))
#endif

/* A list of findings, for verify, which reports everything at once.  The texts are owned by the list. */
struct problems {
        char **text;
        size_t n;
};

/* Adds a text; returns 0 or -ENOMEM. */
int problems_add(struct problems *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void problems_clear(struct problems *p);
