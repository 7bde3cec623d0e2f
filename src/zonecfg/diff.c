/*
 * The difference of two texts, line by line, as the longest common subsequence leaves it.  Equal heads and
 * tails are set aside first; what remains of two configurations is small.  When it is not, the middle is
 * shown as replaced, which is true as well.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "zonecfg/verb.h"

#define DIFF_CELLS_MAX ((size_t)4 << 20)

struct lines {
        const char **text;
        size_t *len;
        size_t n;
};

static void lines_free(struct lines *l)
{
        free(l->text);
        free(l->len);
}

static int split(const char *text, struct lines *ret)
{
        size_t n = 0;

        for (const char *p = text; *p; p++)
                n += *p == '\n';
        ret->text = calloc(n + 1, sizeof(*ret->text));
        ret->len = calloc(n + 1, sizeof(*ret->len));
        if (!ret->text || !ret->len)
                return -1;
        for (const char *p = text; *p; ret->n++) {
                size_t len = strcspn(p, "\n");

                ret->text[ret->n] = p;
                ret->len[ret->n] = len;
                p += len + (p[len] == '\n');
        }
        return 0;
}

static bool same(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
        return a->len[i] == b->len[j] && memcmp(a->text[i], b->text[j], a->len[i]) == 0;
}

static void put(struct strbuf *out, char sign, const struct lines *l, size_t i)
{
        strbuf_putc(out, sign);
        strbuf_add(out, l->text[i], l->len[i]);
        strbuf_putc(out, '\n');
}

/* length[i][j]: the longest common subsequence of what follows i in a and j in b. */
static uint32_t *common_lengths(const struct lines *a, size_t a0, size_t an, const struct lines *b, size_t b0,
                                size_t bn)
{
        size_t width = bn + 1;
        uint32_t *length = calloc((an + 1) * width, sizeof(*length));

        for (size_t i = an; length && i-- > 0;)
                for (size_t j = bn; j-- > 0;) {
                        uint32_t down = length[(i + 1) * width + j], right = length[i * width + j + 1];

                        if (same(a, a0 + i, b, b0 + j))
                                length[i * width + j] = length[(i + 1) * width + j + 1] + 1;
                        else
                                length[i * width + j] = down > right ? down : right;
                }
        return length;
}

static void emit(struct strbuf *out, const struct lines *a, size_t a0, size_t an, const struct lines *b,
                 size_t b0, size_t bn)
{
        uint32_t *length = NULL;
        size_t i = 0, j = 0, width = bn + 1;

        if ((an + 1) < DIFF_CELLS_MAX / width)
                length = common_lengths(a, a0, an, b, b0, bn);
        while (i < an || j < bn) {
                if (length && i < an && j < bn && same(a, a0 + i, b, b0 + j)) {
                        put(out, ' ', a, a0 + i);
                        i++;
                        j++;
                } else if (i < an &&
                           (j == bn || !length || length[(i + 1) * width + j] >= length[i * width + j + 1])) {
                        put(out, '-', a, a0 + i++);
                } else {
                        put(out, '+', b, b0 + j++);
                }
        }
        free(length);
}

char *diff_lines(const char *from, const char *to)
{
        _cleanup_(lines_free) struct lines a = {0}, b = {0};
        struct strbuf out = {0};
        size_t head = 0, tail = 0, context = 3, before, after;

        if (strcmp(from, to) == 0)
                return strdup("");
        if (split(from, &a) < 0 || split(to, &b) < 0)
                return NULL;
        while (head < a.n && head < b.n && same(&a, head, &b, head))
                head++;
        while (tail < a.n - head && tail < b.n - head && same(&a, a.n - 1 - tail, &b, b.n - 1 - tail))
                tail++;
        before = head > context ? head - context : 0;
        after = tail > context ? context : tail;
        for (size_t i = before; i < head; i++)
                put(&out, ' ', &a, i);
        emit(&out, &a, head, a.n - head - tail, &b, head, b.n - head - tail);
        for (size_t i = 0; i < after; i++)
                put(&out, ' ', &a, a.n - tail + i);
        return strbuf_take(&out);
}
