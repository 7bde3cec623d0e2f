/*
 * The words of extra come last and win: -m and -c in them count instead of what the attributes say, and a
 * disk in memory besides.  So they are held against the same limits; beyond them the host would end the zone,
 * or the guest's CPUs share less than they were promised.
 */
#include "machine/overridden.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/size.h"
#include "base/strv.h"
#include "limits/limits.h"
#include "machine/builder.h"

static uint64_t memory_disks(const struct bconf *tree)
{
        struct needs needs = {0};
        uint64_t bytes, sum = 0;

        if (bhyve_needs(tree, &needs, NULL) < 0)
                return 0;
        for (size_t i = 0; i < needs.n; i++)
                if (needs.need[i].kind == NEED_MEMORY &&
                    bhyve_memory_disk_size(needs.need[i].path, &bytes) == 0)
                        sum += bytes;
        needs_free(&needs);
        return sum;
}

bool overridden_memory(const struct machine *m, const struct bconf *tree, struct overridden_memory *ret)
{
        *ret = (struct overridden_memory){.text = bconf_get(tree, "memory.size"), .ram = m->ram_bytes};
        if (!ret->text || size_parse_ram(ret->text, &ret->ram) < 0)
                return false;
        ret->disks = memory_disks(tree);
        return ret->disks > 0 || ret->ram != m->ram_bytes;
}

static int check_caps(const struct machine *m, const struct bconf *tree, struct error *err)
{
        struct overridden_memory memory;
        char disks[64] = "";

        if (!overridden_memory(m, tree, &memory))
                return 0;
        if (memory.disks > 0)
                snprintf(disks, sizeof(disks), ", and %" PRIu64 "M in disks in memory", memory.disks >> 20);
        for (size_t i = 0; i < ARRAY_SIZE(memory_cap); i++) {
                uint64_t bytes = memory.ram + memory.disks, enough = bytes + LIMITS_ENGINE_LEAST;

                if (m->cap[i] && m->cap[i] < bytes)
                        return error_set(
                            err, EINVAL,
                            "attr extra: capped-memory %s is less than the guest has (-m %s%s); set "
                            "it to at least %" PRIu64 "M, or clear it",
                            memory_cap[i], memory.text, disks, (enough + (1 << 20) - 1) >> 20);
        }
        return 0;
}

int overridden_check(const struct machine *m, const struct bconf *tree, struct error *err)
{
        struct topology t;
        int r;

        if (m->extra.n == 0)
                return 0;
        r = check_caps(m, tree, err);
        if (r < 0)
                return r;
        if (!m->dedicated[1] || bhyve_topology(tree, &t, NULL) < 0)
                return 0; /* bhyve's own check has its words for a wrong one */
        if (t.cpus < m->dedicated[0] || t.cpus > m->dedicated[1])
                return error_set(err, EINVAL, "attr extra: -c says %u, but dedicated-cpu ncpus says %u-%u",
                                 t.cpus, m->dedicated[0], m->dedicated[1]);
        return 0;
}
