/* Growing text and vectors of text; see strv.h. */
#include "base/strv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool strbuf_room(struct strbuf *b, size_t more)
{
        size_t cap = b->cap ? b->cap : 64;
        char *grown;

        if (b->failed || more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4) {
                b->failed = true;
                return false;
        }
        while (cap < b->len + more + 1)
                cap *= 2;
        if (cap == b->cap)
                return true;
        grown = realloc(b->data, cap);
        if (!grown) {
                b->failed = true;
                return false;
        }
        b->data = grown;
        b->cap = cap;
        return true;
}

void strbuf_add(struct strbuf *b, const char *data, size_t len)
{
        if (!strbuf_room(b, len))
                return;
        if (len > 0)
                memcpy(b->data + b->len, data, len);
        b->len += len;
        b->data[b->len] = '\0';
}

void strbuf_puts(struct strbuf *b, const char *s)
{
        strbuf_add(b, s, strlen(s));
}

void strbuf_putc(struct strbuf *b, char c)
{
        strbuf_add(b, &c, 1);
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
        va_list ap;
        char *text;
        int n;

        va_start(ap, fmt);
        n = vasprintf(&text, fmt, ap);
        va_end(ap);
        if (n < 0) {
                b->failed = true;
                return;
        }
        strbuf_add(b, text, (size_t)n);
        free(text);
}

char *strbuf_take(struct strbuf *b)
{
        char *text = NULL;

        if (!b->failed)
                strbuf_add(b, "", 0);
        if (b->failed)
                free(b->data);
        else
                text = b->data;
        *b = (struct strbuf){0};
        return text;
}

void strbuf_free(struct strbuf *b)
{
        free(b->data);
        *b = (struct strbuf){0};
}

void strv_consume(struct strv *s, char *word)
{
        if (!word)
                s->failed = true;
        if (!s->failed && s->n + 1 >= s->cap) {
                size_t cap = s->cap ? s->cap * 2 : 16;
                char **grown = reallocarray(s->v, cap, sizeof(*grown));

                if (grown) {
                        s->v = grown;
                        s->cap = cap;
                } else {
                        s->failed = true;
                }
        }
        if (s->failed) {
                free(word);
                return;
        }
        s->v[s->n++] = word;
        s->v[s->n] = NULL;
}

void strv_add(struct strv *s, const char *word)
{
        strv_consume(s, strdup(word));
}

void strv_addf(struct strv *s, const char *fmt, ...)
{
        va_list ap;
        char *text;
        int n;

        va_start(ap, fmt);
        n = vasprintf(&text, fmt, ap);
        va_end(ap);
        strv_consume(s, n < 0 ? NULL : text);
}

void strv_free(struct strv *s)
{
        for (size_t i = 0; i < s->n; i++)
                free(s->v[i]);
        free(s->v);
        *s = (struct strv){0};
}

char *strdup_null(const char *s)
{
        return s ? strdup(s) : NULL;
}

bool streq_null(const char *a, const char *b)
{
        if (!a || !b)
                return a == b;
        return strcmp(a, b) == 0;
}

bool str_starts(const char *s, const char *prefix)
{
        return strncmp(s, prefix, strlen(prefix)) == 0;
}

const char *path_below(const char *dir, const char *path)
{
        for (;;) {
                size_t a = strspn(dir, "/"), b = strspn(path, "/"), n;

                if (!dir[a])
                        return !path[b] ? path + b : b ? path + b - 1 : NULL;
                if ((a > 0) != (b > 0))
                        return NULL;
                dir += a;
                path += b;
                n = strcspn(dir, "/");
                if (strncmp(dir, path, n) != 0 || (path[n] && path[n] != '/'))
                        return NULL;
                dir += n;
                path += n;
        }
}

int path_plain(const char *path, char *ret, size_t size)
{
        size_t len = 0, n;

        if (*path != '/' || size < 2)
                return -EINVAL;
        for (; *path; path += n) {
                path += strspn(path, "/");
                n = strcspn(path, "/");
                if (n == 0 || (n == 1 && *path == '.'))
                        continue;
                if (n == 2 && memcmp(path, "..", 2) == 0) {
                        while (len > 0 && ret[--len] != '/')
                                ;
                        continue;
                }
                if (n + 1 >= size - len)
                        return -ENAMETOOLONG;
                ret[len++] = '/';
                memcpy(ret + len, path, n);
                len += n;
        }
        if (len == 0)
                ret[len++] = '/';
        ret[len] = '\0';
        return 0;
}

bool str_printable(const char *s)
{
        for (; *s; s++) {
                if ((unsigned char)*s < 0x20 || *s == 0x7f)
                        return false;
                /* U+0080 to U+009F in UTF-8: terminals take U+009B for the beginning of a sequence. */
                if ((unsigned char)*s == 0xc2 && ((unsigned char)s[1] & 0xe0) == 0x80)
                        return false;
        }
        return true;
}
