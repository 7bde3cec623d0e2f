/* Network interfaces: a back end for the link that the need names, and the device in front of it. */
#include <errno.h>
#include <md5.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "bhyve/engine.h"

#define MTU_MIN       68
#define MTU_MIN_BHYVE 60 /* which the engine has not */

/* bhyve makes a MAC address from the place of the device and the name of the machine. */
static void default_mac(const struct build *b, const struct pci_dev *dev, char ret[18])
{
        uint8_t d[MD5_DIGEST_LENGTH];
        char seed[160];
        MD5_CTX ctx;

        snprintf(seed, sizeof(seed), "%u-%u-%s", dev->slot, dev->func, str_empty(bconf_get(b->c, "name")));
        MD5Init(&ctx);
        MD5Update(&ctx, (const uint8_t *)seed, strlen(seed));
        MD5Final(d, &ctx);
        snprintf(ret, 18, "58:9c:fc:%02x:%02x:%02x", d[0], d[1], d[2]);
}

/* slirp[,open][,hostfwd=..], nat0, and LINK_USER of a zone: the engine's own network stack. */
static void put_user(struct build *b, struct strbuf *text, const struct pci_dev *dev, bool open)
{
        const char *forward = bconf_getf(b->c, "%s.hostfwd", dev->node);

        strbuf_printf(text, "user,id=%s-net", dev->node);
        if (!open)
                strbuf_puts(text, ",restrict=on");
        /* FreeBSD separates several rules with semicolons. */
        while (forward && *forward) {
                size_t len = strcspn(forward, ";");

                strbuf_printf(text, ",hostfwd=%.*s", (int)len, forward);
                forward += len;
                forward += *forward == ';';
        }
}

bool is_user_link(const struct bconf *c, const struct pci_dev *dev, const char *link)
{
        return streq_null(bconf_getf(c, "%s.type", dev->node), "slirp") || strcmp(link, "nat0") == 0;
}

static int put_host_link(struct build *b, struct strbuf *text, const struct pci_dev *dev, const char *link)
{
        const char *type = str_empty(bconf_getf(b->c, "%s.type", dev->node));
        char name[64];
        bool open;
        int r;

        if (strcmp(type, "netgraph") == 0 || strcmp(type, "netmap") == 0 || strcmp(type, "vale") == 0)
                return error_set(b->err, ENOTSUP, "%s: %s is FreeBSD's; name a tap", dev->node, type);
        snprintf(name, sizeof(name), "%s.open", dev->node);
        r = get_bool(b->c, name, false, &open, b->err);
        if (r < 0)
                return r;
        if (is_user_link(b->c, dev, link)) {
                put_user(b, text, dev, open || strcmp(type, "slirp") != 0);
                return 0;
        }
        strbuf_printf(text, "tap,id=%s-net", dev->node);
        put_value(text, "ifname", link);
        strbuf_puts(text, ",script=no,downscript=no");
        return 0;
}

/* The end of a link that no adapter has yet: several adapters may be on one link, and each has its own. */
static const struct engine_fd *take_link(struct build *b, const char *link)
{
        for (size_t i = 0; i < b->env->n_fd && i < ARRAY_SIZE(b->link_taken); i++) {
                const struct engine_fd *fd = &b->env->fd[i];

                if (fd->kind == NEED_NET && !b->link_taken[i] && strcmp(fd->path, link) == 0) {
                        b->link_taken[i] = true;
                        return fd;
                }
        }
        return NULL;
}

/* Words that the engine's own network stack reads, at a link that is not its own. */
static int check_words(struct build *b, const struct pci_dev *dev, const char *link,
                       const struct engine_fd *fd)
{
        bool forward = bconf_getf(b->c, "%s.hostfwd", dev->node),
             open = bconf_getf(b->c, "%s.open", dev->node), nat = strcmp(link, "nat0") == 0;

        if (b->zone && forward && fd && fd->how != LINK_TAP)
                return error_set(b->err, ENOTSUP, "%s: hostfwd: a zone has no network to listen on",
                                 dev->node);
        if (strcmp(str_empty(bconf_getf(b->c, "%s.type", dev->node)), "slirp") == 0)
                return 0;
        if (forward && !nat)
                notice(b, "%s.hostfwd: has no effect: a tap has no forwarding", dev->node);
        if (open)
                notice(b, "%s.open: has no effect: it is of slirp", dev->node);
        return 0;
}

static int emit_backend(struct build *b, const struct pci_dev *dev, const char *link)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        const struct engine_fd *fd = take_link(b, link);
        int r = check_words(b, dev, link, fd);

        if (r < 0)
                return r;
        if (!fd && b->zone)
                return error_set(b->err, ENOENT, "%s: the zone has no link %s", dev->node, link);
        if (!fd)
                r = put_host_link(b, &text, dev, link);
        else if (fd->how == LINK_USER)
                put_user(b, &text, dev, true);
        else if (fd->how == LINK_STREAM)
                strbuf_printf(&text, "stream,id=%s-net,server=off,addr.type=fd,addr.str=%d", dev->node,
                              fd->fd);
        else
                strbuf_printf(&text, "tap,id=%s-net,fd=%d", dev->node, fd->fd);
        return r < 0 ? r : emit(b, "-netdev", &text);
}

/* vqsize, rxvqsize, txvqsize: as far as the engine has such queues. */
static int put_queues(struct build *b, struct strbuf *text, const struct pci_dev *dev)
{
        static const char *const keys[] = {"rxvqsize", "vqsize"};
        const char *value = NULL, *key = NULL;
        uint64_t n;

        for (size_t i = 0; !value && i < ARRAY_SIZE(keys); i++) {
                key = keys[i];
                value = bconf_getf(b->c, "%s.%s", dev->node, key);
        }
        if (!value)
                return 0;
        if (!number_parse(value, UINT16_MAX, &n))
                return error_set(b->err, EINVAL, "%s: invalid %s '%s'", dev->node, key, value);
        if (n >= 256 && n <= 1024 && (n & (n - 1)) == 0)
                strbuf_printf(text, ",rx_queue_size=%u", (unsigned)n);
        else
                notice(b, "%s: a queue of %s is left at 256 (256, 512 and 1024 can be had)", dev->node,
                       value);
        return 0;
}

int emit_net(struct build *b, const struct pci_dev *dev)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        const char *link = net_link_name(b->c, dev), *mac = bconf_getf(b->c, "%s.mac", dev->node);
        const char *mtu = bconf_getf(b->c, "%s.mtu", dev->node);
        bool e1000 = strcmp(dev->device, "e1000") == 0;
        size_t index = b->n_net++;
        uint64_t bytes = 0;
        char made[18];
        int r;

        if (!link)
                return error_set(b->err, EINVAL, "%s: the link is missing", dev->node);
        if (mtu && (!number_parse(mtu, 65535, &bytes) || bytes < MTU_MIN))
                return error_set(b->err, bytes >= MTU_MIN_BHYVE ? ENOTSUP : EINVAL,
                                 "%s: invalid mtu '%s' (%d to 65535)", dev->node, mtu, MTU_MIN);
        if (mac && !mac_valid(mac))
                return error_set(b->err, EINVAL, "%s: invalid mac '%s'", dev->node, mac);
        r = emit_backend(b, dev, link);
        if (r < 0)
                return r;

        if (!mac && index < b->env->n_mac)
                mac = b->env->mac[index];
        if (!mac) {
                default_mac(b, dev, made);
                mac = made;
        }
        put_device(b, &text, e1000 ? "e1000" : "virtio-net-pci", dev);
        strbuf_printf(&text, ",netdev=%s-net", dev->node);
        put_value(&text, "mac", mac);
        /* bhyve has no network boot in its CSM; without the ROM the machine also starts sooner. */
        if (!bconf_getf(b->c, "%s.bootindex", dev->node))
                strbuf_puts(&text, ",romfile=");
        put_bootindex(b, &text, dev->node);
        if (!e1000) {
                r = put_virtio(b, &text);
                if (r == 0)
                        r = put_queues(b, &text, dev);
                if (r < 0)
                        return r;
                if (mtu)
                        strbuf_printf(&text, ",host_mtu=%u", (unsigned)bytes);
        }
        return emit(b, "-device", &text);
}
