/* Which word was meant by one that is mistyped: the nearest by letters added, left out, changed or swapped.
 */
#include <string.h>

#include "base/strv.h"

#define WORD_MAX 24

static unsigned least(unsigned a, unsigned b)
{
        return a < b ? a : b;
}

static unsigned distance(const char *a, const char *b)
{
        unsigned d[WORD_MAX + 1][WORD_MAX + 1];
        size_t n = strlen(a), m = strlen(b);

        if (n > WORD_MAX || m > WORD_MAX)
                return WORD_MAX;
        for (size_t i = 0; i <= n; i++)
                d[i][0] = (unsigned)i;
        for (size_t k = 0; k <= m; k++)
                d[0][k] = (unsigned)k;
        for (size_t i = 1; i <= n; i++)
                for (size_t k = 1; k <= m; k++) {
                        d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1,
                                        d[i - 1][k - 1] + (a[i - 1] != b[k - 1]));
                        if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                                d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
                }
        return d[n][m];
}

const char *str_nearest(const char *word, const char *const *list, size_t n)
{
        unsigned best = strlen(word) > 4 ? 3 : 2; /* one less is near enough */
        const char *found = NULL;

        for (size_t i = 0; i < n; i++) {
                unsigned d = distance(word, list[i]);

                if (d < best) {
                        best = d;
                        found = list[i];
                }
        }
        return found;
}
