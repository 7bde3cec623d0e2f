/*
 * Network adapters: one for each net resource that names a link.  The link is the vnic made for the zone
 * (virtual) or the one it is given (physical).
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/address.h"
#include "machine/builder.h"

static const char *const models[] = {"virtio-net-viona", "virtio-net", "e1000", NULL};

static const char *net_model(struct builder *b, const char *where, const char *value)
{
        /* QEMU's name for it, which is the default of the kvm brand. */
        bool pci = b->m->kvm && strcmp(value, "virtio-net-pci") == 0;
        const char *model = alias_net(pci ? "virtio" : value);

        if (word_in(model, models))
                return model;
        problem(b, "%s %s: virtio-net-viona (virtio), virtio-net or e1000 is needed", where,
                *value ? value : "(empty)");
        return models[0];
}

/* Properties that describe the network to people and to tools: no options of the adapter. */
static bool is_metadata(const char *name)
{
        static const char *const words[] = {"allowed_dhcp_cids",
                                            "allowed_ips",
                                            "blocked_outgoing_ports",
                                            "dhcp_server",
                                            "gateway",
                                            "gateways",
                                            "interface",
                                            "ip",
                                            "ips",
                                            "model",
                                            "netif",
                                            "netmask",
                                            "network_uuid",
                                            "nic_tag",
                                            "primary",
                                            "uuid",
                                            "vrrp_primary_ip",
                                            "vrrp_vrid",
                                            "comment",
                                            "zonecfg-net", /* our own word, args.c */
                                            NULL};

        return word_in(name, words) || str_starts(name, "allow_");
}

static bool is_adapter_option(const char *name)
{
        static const char *const words[] = {"bootindex",   "feature_mask",  "mtu",        "promiscmulti",
                                            "promiscphys", "promiscrxonly", "promiscsap", "qpair",
                                            "rxvqsize",    "txvqsize",      "vqsize",     NULL};

        return word_in(name, words);
}

/* Options would follow in it that nobody said. */
static bool is_one_word(const char *text)
{
        return !strchr(text, ',') && str_printable(text);
}

static void net_option(struct builder *b, struct machine_device *d, const char *name, const char *value)
{
        if (str_starts(name, "promisc") && is_adapter_option(name) && word_bool(value) < 0)
                problem(b, "%s: Invalid value %s for boolean variable %s", d->where, value, name);
        else if (is_adapter_option(name) && !is_one_word(value))
                problem(b, "%s: property %s: %s has a comma or a control character", d->where, name, value);
        else if (strcmp(name, "mtu") == 0 && !*value)
                problem(b, "%s: property mtu: a number is needed", d->where);
        else if (is_one_word(name) && is_one_word(value))
                strv_addf(&d->option, "%s=%s", name, value);
}

static void net_options(struct builder *b, const struct resource *net, struct machine_device *d)
{
        const struct property *p = resource_prop(net, "property");
        /* In RFD 121's dialect the properties are the administrator's own, so only known options go through.
         */
        bool rfd =
            resource_get(net, "model") || resource_get(net, "virtual") || resource_get(net, "pci-slot");

        for (size_t i = 0; p && i < p->n; i++) {
                const char *name = str_empty(complex_get(&p->tuple[i], "name"));

                if (rfd ? is_adapter_option(name) : !is_metadata(name))
                        net_option(b, d, name, str_empty(complex_get(&p->tuple[i], "value")));
        }
}

static void net_add(struct builder *b, const struct resource *net, const char *link, unsigned index,
                    int place)
{
        const char *said = resource_get(net, "model"), *attr = resource_named(net, "property", "netif");
        const char *where = keepf(b, "net %s", link), *model = b->netif,
                   *slot = resource_get(net, "pci-slot");
        struct machine_device *d;

        if (attr)
                model = net_model(b, keepf(b, "%s: property netif", where), attr);
        if (said) {
                const char *m = net_model(b, keepf(b, "%s: model", where), said);

                model = attr ? one_fact(b, keepf(b, "%s: property netif", where), model, "model", m) : m;
        }
        if (strchr(link, ',') || !str_printable(link))
                problem(b, "%s: the name of a link has no comma and no control character", where);
        d = device_add(b, ROLE_NET, model, link, where);
        d->index = index;
        d->net = place;
        if (slot)
                device_pci_slot(b, d, slot);
        net_options(b, net, d);
        if (streq_null(resource_named(net, "property", "allow_mac_spoofing"), "true"))
                strv_add(&d->option, "promiscphys=true"); /* SmartOS */
}

/* One of the allowed addresses of a net. */
struct claimed {
        struct address address;
        const struct resource *net;
};

static int by_address(const void *a, const void *b)
{
        const struct claimed *x = a, *y = b;
        int r = x->address.family - y->address.family;

        return r ? r : memcmp(x->address.byte, y->address.byte, sizeof(x->address.byte));
}

static const char *net_name(const struct resource *net)
{
        const char *virtual = resource_get(net, "virtual");

        return virtual ? virtual : str_empty(resource_get(net, "physical"));
}

/* Two adapters that fail over to one another may have one address; mostly it is a mistake. */
static void note_shared_addresses(struct builder *b)
{
        _cleanup_free_ struct claimed *all = NULL;
        size_t n = 0, room = 1;

        for (const struct resource *net = NULL; (net = config_next(b->cfg, "net", net));)
                for (const char *p = str_empty(resource_get(net, "allowed-address")); *p; p++)
                        room += *p == ',' || !p[1];
        all = calloc(room, sizeof(*all));
        if (!all) {
                b->nomem = true;
                return;
        }
        for (const struct resource *net = NULL; (net = config_next(b->cfg, "net", net));)
                for (const char *p = str_empty(resource_get(net, "allowed-address")); *p;)
                        if (address_next(&p, &all[n].address) == 0 && !address_is_link_local(&all[n].address))
                                all[n++].net = net;
        qsort(all, n, sizeof(*all), by_address);
        for (size_t i = 1; i < n; i++) {
                char text[INET6_ADDRSTRLEN];

                if (by_address(&all[i - 1], &all[i]) == 0 && all[i - 1].net != all[i].net &&
                    inet_ntop(all[i].address.family, all[i].address.byte, text, sizeof(text)))
                        strv_addf(&b->m->doubtful, "net %s and net %s have the same allowed-address %s",
                                  net_name(all[i - 1].net), net_name(all[i].net), text);
        }
}

void build_nets(struct builder *b)
{
        const char *netif = attr_get(b, "netif");
        const struct resource *net = NULL;
        unsigned index = 0, primaries = 0;

        b->netif = netif ? net_model(b, "attr netif", netif) : models[0];
        note_opt(b, "netif", b->netif);
        while ((net = config_next(b->cfg, "net", net)))
                primaries += streq_null(resource_named(net, "property", "primary"), "true");
        if (primaries > 1)
                problem(b, "net: multiple primary nets (%u)", primaries);
        /* SmartOS: the primary adapter comes first, the others follow in the order of the document. */
        for (int pass = 0; pass < 2; pass++) {
                int links = 0;

                while ((net = config_next(b->cfg, "net", net))) {
                        const char *link = resource_get(net, "virtual");
                        bool primary = streq_null(resource_named(net, "property", "primary"), "true");

                        int place = resource_get(net, "physical") ? links++ : -1;

                        if (!link || !*link)
                                link = resource_get(net, "physical");
                        if (!link || !*link || primary != (pass == 0))
                                continue;
                        net_add(b, net, link, index++, place);
                }
        }
        note_shared_addresses(b);
}
