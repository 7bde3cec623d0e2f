/*
 * The words of extra come last and win: -m and -c in them count instead of what the attributes say.  So they
 * are held against the same limits; beyond them the host would end the zone, or the guest's CPUs share less
 * than they were promised.
 */
#include "machine/overridden.h"

#include <errno.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/size.h"
#include "base/strv.h"
#include "limits/limits.h"
#include "machine/builder.h"

static bool memory(const struct machine *m, const struct bconf *tree, uint64_t *ret)
{
        const char *text = bconf_get(tree, "memory.size");

        return text && size_parse_ram(text, ret) == 0 && *ret != m->ram_bytes;
}

bool overridden_memory(const struct machine *m, uint64_t *ret)
{
        _cleanup_(bconf_freep) struct bconf *tree = NULL;

        return machine_parse(m, &tree, NULL) == 0 && memory(m, tree, ret);
}

int overridden_check(const struct machine *m, const struct bconf *tree, struct error *err)
{
        struct topology t;
        uint64_t bytes, enough;

        if (m->extra.n == 0)
                return 0;
        for (size_t i = 0; memory(m, tree, &bytes) && i < ARRAY_SIZE(memory_cap); i++) {
                enough = (bytes + LIMITS_ENGINE_LEAST + (1 << 20) - 1) >> 20;
                if (m->cap[i] && m->cap[i] < bytes)
                        return error_set(
                            err, EINVAL,
                            "attr extra: capped-memory %s is less than the guest has (-m %s); set "
                            "it to at least %" PRIu64 "M, or clear it",
                            memory_cap[i], bconf_get(tree, "memory.size"), enough);
        }
        if (!m->dedicated[1] || bhyve_topology(tree, &t, NULL) < 0)
                return 0; /* bhyve's own check has its words for a wrong one */
        if (t.cpus < m->dedicated[0] || t.cpus > m->dedicated[1])
                return error_set(err, EINVAL, "attr extra: -c says %u, but dedicated-cpu ncpus says %u-%u",
                                 t.cpus, m->dedicated[0], m->dedicated[1]);
        return 0;
}
