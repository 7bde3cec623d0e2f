/*
 * The kvm brand shows the engine's command line, as somebody compares it who knows the brand: what a zone
 * gets by descriptor is shown by its path, the screen where viewers find it, and KVM although a host without
 * it emulates.  It is made by the very code that zhyve runs in the zone.
 */
#include "show.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"
#include "net/net.h"

#define NICS_MAX 64

/* The addresses that the adapters have on this host; the zone's UUID is in them. */
static size_t find_macs(const struct described *z, const struct config *cfg, const struct machine *m,
                        struct net_link **ret_links, const char **ret)
{
        char uuid[UUID_TEXT];
        size_t n = 0, shown = 0;

        described_index_uuid(z, uuid);
        if (net_links(cfg, uuid[0] ? uuid : m->uuid, ret_links, &n, NULL) < 0)
                n = 0;
        for (const struct machine_device *d = NULL; (d = machine_next(m, ROLE_NET, d)) && shown < NICS_MAX;)
                ret[shown++] = d->net >= 0 && (size_t)d->net < n ? (*ret_links)[d->net].mac : NULL;
        return shown;
}

static int parse(const struct machine *m, struct bconf *tree, struct error *err)
{
        _cleanup_(strv_free) struct strv args = {0};
        int r;

        strv_add(&args, "bhyve");
        r = machine_to_bhyve(m, &args, err);
        return r < 0 ? r : bhyve_parse((int)args.n, args.v, tree, err) != 0 ? -EINVAL : 0;
}

int show_arguments(const struct described *z, const struct config *cfg, const struct machine *m,
                   struct strv *ret, struct error *err)
{
        const struct engine_fd console = {.kind = NEED_CONSOLE, .path = "/dev/zconsole", .fd = -1};
        _cleanup_(bconf_freep) struct bconf *tree = bconf_new();
        _cleanup_free_ struct net_link *links = NULL;
        const char *mac[NICS_MAX];
        struct engine_env env = {.fd = &console,
                                 .n_fd = 1,
                                 .kvm = true,
                                 .qmp_fd = -1,
                                 .console_listen = true,
                                 .run_dir = "/run",
                                 .mac = mac};
        int r = tree ? parse(m, tree, err) : error_nomem(err);

        if (r < 0)
                return r;
        env.n_mac = find_macs(z, cfg, m, &links, mac);
        return bhyve_to_engine(tree, &env, ret, err);
}
