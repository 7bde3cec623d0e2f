/* Whether the engine can be such a machine at all, found out without opening or looking at anything. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"

/* Sockets in a zone may have any name that a file can have. */
static int check_socket(const struct need *need, struct error *err)
{
        size_t len;

        if ((need->kind != NEED_SOCKET && need->kind != NEED_VNC) || need->path[0] != '/')
                return 0;
        if (strlen(need->path) >= PATH_MAX)
                return error_set(err, EINVAL, "%s: the path of a socket has at most %d bytes", need->device,
                                 PATH_MAX - 1);
        for (const char *p = need->path; *p; p += len) {
                p += strspn(p, "/");
                len = strcspn(p, "/");
                if (len > NAME_MAX)
                        return error_set(err, EINVAL,
                                         "%s: a name in the path of a socket has at most %d bytes, not %zu",
                                         need->device, NAME_MAX, len);
        }
        return 0;
}

int bhyve_check(const struct bconf *c, struct problems *notices, struct error *err)
{
        _cleanup_(needs_free) struct needs needs = {0};
        _cleanup_(strv_free) struct strv args = {0};
        _cleanup_free_ struct engine_fd *fds = NULL;
        struct engine_env env = {.kvm = true, .qmp_fd = -1, .notices = notices, .dry = true};
        int r = bhyve_needs(c, &needs, err);

        for (size_t i = 0; r == 0 && i < needs.n; i++)
                r = check_socket(&needs.need[i], err);
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
