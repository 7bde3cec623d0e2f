/* See number.h.  strtoul and sscanf take blanks, signs and whatever follows, which is how slips go unseen. */
#include "base/number.h"

bool number_take(const char **text, uint64_t max, uint64_t *ret)
{
        const char *p = *text;
        uint64_t n = 0;

        if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
                return false;
        for (; *p >= '0' && *p <= '9'; p++) {
                unsigned digit = (unsigned)(*p - '0');

                if (n > (max - digit) / 10 || digit > max)
                        return false;
                n = n * 10 + digit;
        }
        *text = p;
        *ret = n;
        return true;
}

bool number_parse(const char *text, uint64_t max, uint64_t *ret)
{
        uint64_t n;

        if (!number_take(&text, max, &n) || *text != '\0')
                return false;
        *ret = n;
        return true;
}
