/* The bhyve brand shows bhyve(8) arguments; see show.h. */
#include "show.h"

#include "base/cleanup.h"
#include "bhyve/bhyve.h"

int show_arguments(const struct described *z, const struct config *cfg, const struct machine *m,
                   struct strv *ret, struct error *err)
{
        _cleanup_(strv_free) struct strv args = {0};
        int r = machine_to_bhyve(m, &args, err);

        (void)z;
        (void)cfg;
        for (size_t i = 0; i < args.n && r == 0; i++)
                strv_consume(ret, bhyve_hide_passwords(args.v[i]));
        return r == 0 && ret->failed ? error_nomem(err) : r;
}
