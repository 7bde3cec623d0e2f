/* TCP addresses, listening and connecting: numeric only, so that nothing here asks a name server. */
#include "base/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define BACKLOG 16

union address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
};

/* Returns the length, or 0 if the text is no numeric address. */
static socklen_t to_address(const char *text, uint16_t port, union address *ret)
{
        *ret = (union address){0};
        if (inet_pton(AF_INET, text, &ret->v4.sin_addr) == 1) {
                ret->v4.sin_family = AF_INET;
                ret->v4.sin_port = htons(port);
                return sizeof(ret->v4);
        }
        if (inet_pton(AF_INET6, text, &ret->v6.sin6_addr) == 1) {
                ret->v6.sin6_family = AF_INET6;
                ret->v6.sin6_port = htons(port);
                return sizeof(ret->v6);
        }
        return 0;
}

/* whole: what the port is the end of. */
static int parse_port(const char *text, const char *whole, uint16_t *ret, struct error *err)
{
        unsigned number = 0;
        size_t n = strspn(text, "0123456789");

        if (n > 0 && n <= 5 && !text[n])
                sscanf(text, "%5u", &number);
        else
                number = UINT16_MAX + 1;
        if (number > UINT16_MAX)
                return error_set(err, EINVAL, "'%s': a port is a number up to 65535", whole);
        *ret = (uint16_t)number;
        return 0;
}

int listen_parse(const char *text, struct listen_at *ret, struct error *err)
{
        const char *start = text, *port = text, *colon = strrchr(text, ':');
        struct listen_at at = *ret;
        union address ignored;
        size_t n = 0;

        if (text[0] == '[') {
                const char *close = strchr(text, ']');

                if (!close || (close[1] && close[1] != ':'))
                        return error_set(err, EINVAL, "%s: expected [ADDRESS]:PORT", text);
                start = text + 1;
                n = (size_t)(close - start);
                port = close[1] ? close + 2 : NULL;
        } else if (colon) {
                n = (size_t)(colon - text);
                port = colon + 1;
        }
        if (n >= sizeof(at.address))
                return error_set(err, EINVAL, "%.80s...: address too long", text);
        if (n > 0)
                snprintf(at.address, sizeof(at.address), "%.*s", (int)n, start);
        if (strcmp(at.address, "localhost") == 0)
                strcpy(at.address, "127.0.0.1");
        if (n > 0 && (to_address(at.address, 0, &ignored) == 0 ||
                      (text[0] == '[') != (ignored.any.sa_family == AF_INET6)))
                return error_set(err, EINVAL, "%s: a numeric address is needed, IPv6 in brackets", text);
        if (port && parse_port(port, text, &at.port, err) < 0)
                return -EINVAL;
        *ret = at;
        return 0;
}

int listen_open(const struct listen_at *at, char *text, struct error *err)
{
        _cleanup_close_ int fd = -1;
        union address address;
        socklen_t length = to_address(at->address, at->port, &address);
        bool six = address.any.sa_family == AF_INET6;
        int one = 1;

        if (length == 0)
                return error_set(err, EINVAL, "%s: not a numeric address", at->address);
        fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return error_errno(err, errno, "socket");
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        if (bind(fd, &address.any, length) < 0 || listen(fd, BACKLOG) < 0 ||
            getsockname(fd, &address.any, &length) < 0)
                return error_errno(err, errno, "%s port %u", at->address, at->port);
        snprintf(text, LISTEN_TEXT, six ? "[%s]:%u" : "%s:%u", at->address,
                 ntohs(six ? address.v6.sin6_port : address.v4.sin_port));
        return TAKE_FD(fd);
}

int listen_connect(const struct listen_at *at)
{
        _cleanup_close_ int fd = -1;
        union address address;
        socklen_t length = to_address(at->address, at->port, &address);

        if (length == 0)
                return -EINVAL;
        if (address.any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&address.v6.sin6_addr))
                address.v6.sin6_addr = in6addr_loopback;
        else if (address.any.sa_family == AF_INET && address.v4.sin_addr.s_addr == INADDR_ANY)
                address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, &address.any, length) < 0)
                return -errno;
        return TAKE_FD(fd);
}
