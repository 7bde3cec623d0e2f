/* Whether the engine can be such a machine at all, found out without opening or looking at anything. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"

int bhyve_check(const struct bconf *c, struct problems *notices, struct error *err)
{
        _cleanup_(needs_free) struct needs needs = {0};
        _cleanup_(strv_free) struct strv args = {0};
        _cleanup_free_ struct engine_fd *fds = NULL;
        struct engine_env env = {.kvm = true, .qmp_fd = -1, .notices = notices, .dry = true};
        int r = bhyve_needs(c, &needs, err);

        if (r < 0)
                return r;
        fds = calloc(needs.n + 1, sizeof(*fds));
        if (!fds)
                return error_nomem(err);
        for (size_t i = 0; i < needs.n; i++)
                fds[i] = (struct engine_fd){.kind = needs.need[i].kind,
                                            .path = needs.need[i].path,
                                            .fd = (int)i,
                                            .how = LINK_STREAM,
                                            .host = "0000:00:00.0"};
        env.fd = fds;
        env.n_fd = needs.n;
        return bhyve_to_engine(c, &env, &args, err);
}
