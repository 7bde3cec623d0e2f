/* Errors as values with context; see error.h. */
#define ERROR_IMPLEMENTATION
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int error_set(struct error *err, int code, const char *fmt, ...)
{
        if (code < 0)
                code = -code;
        if (err) {
                va_list ap;

                err->code = code;
                va_start(ap, fmt);
                vsnprintf(err->text, sizeof(err->text), fmt, ap);
                va_end(ap);
        }
        return -code;
}

int error_errno(struct error *err, int code, const char *fmt, ...)
{
        if (code < 0)
                code = -code;
        if (err) {
                va_list ap;
                size_t n;

                err->code = code;
                va_start(ap, fmt);
                vsnprintf(err->text, sizeof(err->text), fmt, ap);
                va_end(ap);
                n = strlen(err->text);
                snprintf(err->text + n, sizeof(err->text) - n, ": %s", strerror(code));
        }
        return -code;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
        char context[ERROR_TEXT_MAX], old[ERROR_TEXT_MAX];
        va_list ap;

        if (!err)
                return -EIO;
        va_start(ap, fmt);
        vsnprintf(context, sizeof(context), fmt, ap);
        va_end(ap);
        memcpy(old, err->text, sizeof(old));
        if (snprintf(err->text, sizeof(err->text), "%s: %s", context, old) < 0)
                err->text[0] = '\0';
        if (err->code == 0)
                err->code = EIO;
        return -err->code;
}

const char *error_behind(const char *where, const char *text)
{
        const char *end = strstr(text, ": ");
        size_t n = end ? (size_t)(end - text) : 0, len = strlen(where);

        if (n == 0 || len < n || strncmp(where + len - n, text, n) != 0 ||
            (len > n && where[len - n - 1] != ' '))
                return text;
        return end + strlen(": ");
}

int error_nomem(struct error *err)
{
        return error_set(err, ENOMEM, "out of memory");
}

int problems_add(struct problems *p, const char *fmt, ...)
{
        char **grown, *text;
        va_list ap;
        int n;

        va_start(ap, fmt);
        n = vasprintf(&text, fmt, ap);
        va_end(ap);
        if (n < 0)
                return -ENOMEM;
        grown = reallocarray(p->text, p->n + 1, sizeof(*grown));
        if (!grown) {
                free(text);
                return -ENOMEM;
        }
        p->text = grown;
        p->text[p->n++] = text;
        return 0;
}

void problems_clear(struct problems *p)
{
        for (size_t i = 0; i < p->n; i++)
                free(p->text[i]);
        free(p->text);
        *p = (struct problems){0};
}
