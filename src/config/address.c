/* Addresses of nets as numbers; see address.h. */
#include "config/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "config/check.h"

int address_parse(const char *text, size_t n, struct address *ret)
{
        char copy[64], *slash;
        uint64_t bits;
        unsigned most;

        for (; n > 0 && *text == ' '; n--)
                text++;
        while (n > 0 && text[n - 1] == ' ')
                n--;
        if (n >= sizeof(copy))
                return -EINVAL;
        memcpy(copy, text, n);
        copy[n] = '\0';
        slash = strchr(copy, '/');
        if (slash)
                *slash = '\0';
        *ret = (struct address){.family = strchr(copy, ':') ? AF_INET6 : AF_INET};
        most = ret->family == AF_INET6 ? 128 : 32;
        if (inet_pton(ret->family, copy, ret->byte) != 1)
                return -EINVAL;
        if (slash && (check_uint(slash + 1, 10, &bits) < 0 || bits > most))
                return -EINVAL;
        ret->bits = slash ? (unsigned)bits : most;
        return 0;
}

int address_next(const char **p, struct address *ret)
{
        size_t n = strcspn(*p, ",");
        int r = address_parse(*p, n, ret);

        *p += n + ((*p)[n] == ',');
        return r;
}

bool address_in(const struct address *one, const struct address *prefix)
{
        unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;
        unsigned char mask = (unsigned char)(0xff00 >> rest);

        if (one->family != prefix->family || memcmp(one->byte, prefix->byte, whole) != 0)
                return false;
        return rest == 0 || ((one->byte[whole] ^ prefix->byte[whole]) & mask) == 0;
}

bool address_is_link_local(const struct address *one)
{
        return one->family == AF_INET6 && one->byte[0] == 0xfe && (one->byte[1] & 0xc0) == 0x80;
}
