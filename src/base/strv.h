/*
 * Text building blocks: a growing buffer and a NULL-terminated vector of strings.  Both remember a failed
 * allocation, so that a run of appends is checked once, at its end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct strbuf {
        char *data; /* NUL-terminated once anything was appended; NULL before */
        size_t len; /* bytes without the NUL */
        size_t cap;
        bool failed; /* an allocation failed; everything appended since is lost */
};

void strbuf_add(struct strbuf *b, const char *data, size_t len);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_putc(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Hands the text to the caller (never NULL unless an allocation failed) and empties the buffer. */
char *strbuf_take(struct strbuf *b);
void strbuf_free(struct strbuf *b);

struct strv {
        char **v; /* NULL-terminated once anything was added; NULL before */
        size_t n;
        size_t cap;
        bool failed;
};

void strv_add(struct strv *s, const char *word);
void strv_addf(struct strv *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds word without copying; the vector owns it, even when adding fails. */
void strv_consume(struct strv *s, char *word);
void strv_free(struct strv *s);

/* The word of a list that a mistyped one probably means (nearest.c), or NULL: none is near. */
const char *str_nearest(const char *word, const char *const *list, size_t n);

/* Is the whole command line `--help`?  Then the text was printed on standard output (help.c). */
bool help_asked(int argc, char *const *argv, const char *text);
/*
 * What is wrong with an option that getopt answered with '?' or ':': word is the argument, letter is optopt.
 * False for "-?", which asks for the usage.
 */
bool option_wrong(const char *word, int answer, int letter, char ret[64]);

/* strdup that lets NULL through. */
char *strdup_null(const char *s);
/* True if both are NULL or both are the same text. */
bool streq_null(const char *a, const char *b);
static inline const char *str_empty(const char *s)
{
        return s ? s : "";
}
/* True if s begins with prefix. */
bool str_starts(const char *s, const char *prefix);
/*
 * What follows dir in path, from its last slash on ("/a.iso"); "" for dir itself; NULL when path is not below
 * it.  Runs of slashes count as one, those at the end of dir for nothing; dots are names like others.
 */
const char *path_below(const char *dir, const char *path);
/*
 * An absolute path as its text alone says it: "/a//./b/../c" is "/a/c", and ".." of the root is the root.
 * -EINVAL for a relative one, -ENAMETOOLONG.
 */
int path_plain(const char *path, char *ret, size_t size);
/* True if s holds no control character (below 0x20, 0x7f to 0x9f): fit for a line, a file
 * name, an argument. */
bool str_printable(const char *s);
