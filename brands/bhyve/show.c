/* The bhyve brand shows bhyve(8) arguments; see show.h. */
#include "show.h"

int show_arguments(const struct described *z, const struct config *cfg, const struct machine *m,
                   struct strv *ret, struct error *err)
{
        (void)z;
        (void)cfg;
        return machine_to_bhyve(m, ret, err);
}
