/* From net resources to links, and the addresses of NICs that were given none. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/net.h"

void net_stable_mac(const char *uuid, size_t i, char ret[18])
{
        /* FNV-1a (64 bit, public constants) over UUID and position: spread evenly, not a secret. */
        uint64_t h = 0xcbf29ce484222325u;
        char text[80];

        snprintf(text, sizeof(text), "%s/%zu", uuid, i);
        for (const char *p = text; *p; p++)
                h = (h ^ (unsigned char)*p) * 0x100000001b3u;
        h ^= h >> 32;
        snprintf(ret, 18, "02:08:20:%02x:%02x:%02x", (unsigned)(h >> 16) & 0xff, (unsigned)(h >> 8) & 0xff,
                 (unsigned)h & 0xff);
}

/* "2:8:20:a:b:c" is how dladm prints an address: one or two digits in each part, padded to two here. */
static int take_mac(const char *text, char ret[18])
{
        unsigned char b[6], any = 0;
        const char *p = text;

        for (size_t i = 0; i < 6; i++) {
                size_t n = strspn(p, "0123456789abcdefABCDEF");

                if (n < 1 || n > 2 || p[n] != (i < 5 ? ':' : '\0'))
                        return -EINVAL;
                b[i] = (unsigned char)strtoul(p, NULL, 16);
                any |= b[i];
                p += n + 1;
        }
        if (any == 0)
                return -EINVAL;
        if (b[0] & 1)
                return -EADDRNOTAVAIL;
        snprintf(ret, 18, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
        return 0;
}

static int make_link(const struct resource *net, const char *uuid, size_t i, struct net_link *ret,
                     struct error *err)
{
        const char *physical = resource_get(net, "physical"), *virtual = resource_get(net, "virtual");
        const char *global_nic = resource_get(net, "global-nic"), *mac = resource_get(net, "mac-addr");
        const char *over = global_nic ? global_nic : physical, *name = virtual ? virtual : physical;

        /* OmniOS: physical names the vnic and global-nic what it stands on; RFD 121: virtual and physical. */
        if (strcmp(over, NET_NAT_LINK) != 0)
                return error_set(err, ENODEV, "net %s: no such link '%s'; this host has: " NET_NAT_LINK, name,
                                 over);
        if (strlen(name) >= sizeof(ret->name))
                return error_set(err, ENAMETOOLONG, "net %s: link name too long", name);
        *ret = (struct net_link){.kind = NET_NAT};
        snprintf(ret->name, sizeof(ret->name), "%s", name);
        if (!mac) {
                net_stable_mac(uuid, i, ret->mac);
                return 0;
        }
        switch (take_mac(mac, ret->mac)) {
        case 0:
                return 0;
        case -EADDRNOTAVAIL:
                return error_set(err, EINVAL, "net %s: mac-addr %s is a multicast address", name, mac);
        default:
                return error_set(err, EINVAL, "net %s: mac-addr %s is not a MAC address", name, mac);
        }
}

int net_links(const struct config *cfg, const char *uuid, struct net_link **ret, size_t *ret_n,
              struct error *err)
{
        _cleanup_free_ struct net_link *links = NULL;
        const struct resource *net = NULL;
        size_t n = 0;
        int r;

        while ((net = config_next(cfg, "net", net))) {
                struct net_link *grown;

                if (!resource_get(net, "physical"))
                        continue;
                grown = reallocarray(links, n + 1, sizeof(*links));
                if (!grown)
                        return error_nomem(err);
                links = grown;
                r = make_link(net, uuid, n, &links[n], err);
                if (r < 0)
                        return r;
                n++;
        }
        *ret = TAKE_PTR(links);
        *ret_n = n;
        return 0;
}

static bool is_reserved(const struct net_adapter *adapters, size_t n, const struct net_link *links, size_t i)
{
        for (size_t k = 0; k < n; k++)
                if (adapters[k].net == (int)i && strcmp(adapters[k].link, links[i].name) == 0)
                        return true;
        return false;
}

static bool is_taken(const struct net_link *const *taken, size_t n, const struct net_link *link)
{
        for (size_t k = 0; k < n; k++)
                if (taken[k] == link)
                        return true;
        return false;
}

void net_assign(const struct net_link *links, size_t n_links, const struct net_adapter *adapters,
                size_t n_adapters, const struct net_link **ret)
{
        for (size_t k = 0; k < n_adapters; k++) {
                const struct net_adapter *adapter = &adapters[k];

                ret[k] = NULL;
                for (size_t i = 0; i < n_links && !ret[k]; i++) {
                        bool mine = adapter->net == (int)i ||
                                    (adapter->net < 0 && !is_reserved(adapters, n_adapters, links, i));

                        if (mine && strcmp(links[i].name, adapter->link) == 0 && !is_taken(ret, k, &links[i]))
                                ret[k] = &links[i];
                }
        }
}

int net_no_link(const char *link, struct error *err)
{
        return error_set(err, ENODEV,
                         "%s: no net resource of the zone has this link for it; every net resource makes an "
                         "adapter with one (zonecfg: add net; set physical=" NET_NAT_LINK "; end)",
                         link);
}
