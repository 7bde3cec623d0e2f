/* Sizes with a scale letter; see size.h. */
#include "base/size.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int size_parse(const char *text, uint64_t *ret_bytes)
{
        static const char scales[] = "KMGT";
        uint64_t whole = 0, bytes, unit = 1;
        double fraction = 0, place = 0.1;
        const char *p = text;

        if (!isdigit((unsigned char)*p) && !(*p == '.' && isdigit((unsigned char)p[1])))
                return -EINVAL;
        for (; isdigit((unsigned char)*p); p++)
                if (__builtin_mul_overflow(whole, 10, &whole) ||
                    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
                        return -ERANGE;
        if (*p == '.')
                for (p++; isdigit((unsigned char)*p); p++, place /= 10)
                        fraction += (*p - '0') * place;
        while (*p == ' ' || *p == '\t')
                p++;
        if (*p) {
                const char *scale = strchr(scales, toupper((unsigned char)*p));

                if (!scale || p[1])
                        return -EINVAL;
                unit = (uint64_t)1 << (10 * (scale - scales + 1));
        }
        if (__builtin_mul_overflow(whole, unit, &bytes) ||
            __builtin_add_overflow(bytes, (uint64_t)(fraction * (double)unit), &bytes))
                return -ERANGE;
        *ret_bytes = bytes;
        return 0;
}

int size_parse_ram(const char *text, uint64_t *ret_bytes)
{
        static const char scales[] = "BKMGTPE";
        unsigned long long n;
        char *p;
        int shift;

        if (!isdigit((unsigned char)*text))
                return -EINVAL;
        errno = 0;
        n = strtoull(text, &p, 0); /* base 0, as both ways of bhyve to read one */
        if (errno == ERANGE)
                return -ERANGE;
        if (*p) {
                const char *scale = strchr(scales, toupper((unsigned char)*p));

                /* expand_number(3): the b of gb says nothing more. */
                if (!scale || (p[1] && (scale == scales || toupper((unsigned char)p[1]) != 'B' || p[2])))
                        return -EINVAL;
                shift = (int)(10 * (scale - scales));
        } else {
                shift = n < 1024 * 1024 ? 20 : 0;
        }
        if (shift > 0 && n > (UINT64_MAX >> shift))
                return -ERANGE;
        *ret_bytes = n << shift;
        return 0;
}

void size_format(uint64_t bytes, char *buf, size_t size)
{
        static const char scales[] = "KMGT";
        uint64_t n = bytes, before = bytes;
        int i = -1;

        if (bytes < 1024) {
                snprintf(buf, size, "%llu", (unsigned long long)bytes);
                return;
        }
        while (n >= 1024 && i < 3) {
                before = n;
                n = (n >> 10) + ((n & 1023) >= 512); /* (n + 512) >> 10 without overflow */
                i++;
        }
        if ((before & 1023) == 0 || n >= 10)
                snprintf(buf, size, "%llu%c", (unsigned long long)n, scales[i]);
        else
                snprintf(buf, size, "%.1f%c", (double)before / 1024, scales[i]);
}
