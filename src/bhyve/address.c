/*
 * TCP addresses of what the engine serves on a plain host.  The engine takes "no address" for all of them and
 * has options of its own behind commas, so an address is read here before it gets there.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "base/strv.h"
#include "bhyve/devices.h"

int port_read(const char *what, const char *text, unsigned *ret, struct error *err)
{
        uint64_t n;

        if (!number_parse(text, UINT16_MAX, &n) || n == 0)
                return error_set(err, EINVAL, "%s: a port is a number from 1 to 65535, not '%s'", what, text);
        *ret = (unsigned)n;
        return 0;
}

int host_check(const char *what, const char *host, size_t len, struct error *err)
{
        bool fits = len < 256;

        /* A name, an IPv4 address, or an IPv6 one in brackets, with its interface. */
        for (size_t i = 0; fits && i < len; i++)
                fits = isalnum((unsigned char)host[i]) || strchr(".-_:[]%", host[i]);
        return fits ? 0 : error_set(err, EINVAL, "%s: invalid address '%.*s'", what, (int)len, host);
}

int tcp_read(const char *what, const char *text, struct tcp *ret, struct error *err)
{
        const char *colon = strrchr(text, ':');
        int r;

        ret->host = text;
        ret->host_len = colon ? (size_t)(colon - text) : 0;
        r = host_check(what, ret->host, ret->host_len, err);
        return r < 0 ? r : port_read(what, colon ? colon + 1 : text, &ret->port, err);
}
