/* The escape character of zlogin; see escape.h. */
#include "zlogin/escape.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

void escape_init(struct escape *e, int cmdchar)
{
        *e = (struct escape){
            .cmdchar = cmdchar,
            .eof = 'D' & 0x1f,
            .line = {'U' & 0x1f, ESCAPE_NONE, 'Z' & 0x1f, 'C' & 0x1f},
            .at_line_start = true,
        };
}

static bool begins_line(const struct escape *e, unsigned char c)
{
        if (c == '\r' || c == '\n')
                return true;
        for (size_t i = 0; i < ARRAY_SIZE(e->line); i++)
                if (e->line[i] == c)
                        return true;
        return false;
}

size_t escape_filter(struct escape *e, const unsigned char *in, size_t n, unsigned char *out, bool *ret_end,
                     unsigned char *ret_last)
{
        size_t sent = 0;

        *ret_end = false;
        for (size_t i = 0; i < n; i++) {
                unsigned char c = in[i];

                if (e->held) {
                        e->held = false;
                        if (c == '.' || c == e->eof) {
                                *ret_end = true;
                                *ret_last = c;
                                return sent;
                        }
                } else if (e->at_line_start && c == e->cmdchar) {
                        e->held = true;
                        e->at_line_start = false;
                        continue;
                }
                out[sent++] = c;
                e->at_line_start = begins_line(e, c);
        }
        return sent;
}

int escape_parse(const char *text, int *ret_cmdchar)
{
        int value = 0;
        size_t n = strlen(text);

        if (n == 1 && text[0] != '\\') {
                *ret_cmdchar = (unsigned char)text[0];
                return 0;
        }
        if (strcmp(text, "\\\\") == 0) {
                *ret_cmdchar = '\\';
                return 0;
        }
        if (text[0] != '\\' || n < 2 || n > 4)
                return -EINVAL;
        for (const char *p = text + 1; *p; p++) {
                if (*p < '0' || *p > '7')
                        return -EINVAL;
                value = value * 8 + (*p - '0');
        }
        if (value > 0377)
                return -ERANGE;
        *ret_cmdchar = value;
        return 0;
}
