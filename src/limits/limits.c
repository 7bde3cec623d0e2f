/* Limits from a configuration; see limits.h. */
#include "limits/limits.h"

#include <errno.h>
#include <inttypes.h>

#include "base/size.h"

#define MIB ((uint64_t)1 << 20)

static uint64_t rctl(const struct config *cfg, const char *alias)
{
        uint64_t limit;

        return config_rctl(cfg, alias, &limit) == 0 ? limit : 0;
}

void limits_from_config(const struct config *cfg, struct jail_limits *ret)
{
        uint64_t swap = rctl(cfg, "swap"), processes = rctl(cfg, "max-processes");

        *ret = (struct jail_limits){
            .memory_bytes = rctl(cfg, "physical"),
            .locked_bytes = rctl(cfg, "locked"),
            .pids = rctl(cfg, "max-lwps"),
            .cpu_cap = rctl(cfg, "cpu-cap"),
            .cpu_shares = rctl(cfg, "cpu-shares"),
            .io_weight = rctl(cfg, "zfs-io-priority"),
        };
        if (ret->pids == 0 && processes > 0)
                ret->pids = processes * LIMITS_LWPS_PER_PROCESS;
        /*
         * zone.max-swap bounds all anonymous memory, in RAM or out of it; the host's swap limit counts
         * what is out of it only.
         */
        if (swap > 0) {
                if (ret->memory_bytes == 0 || ret->memory_bytes > swap)
                        ret->memory_bytes = swap;
                ret->swap_bytes = swap > ret->memory_bytes ? swap - ret->memory_bytes : 1;
        }
}

void limits_add_defaults(struct jail_limits *limits, uint64_t ram_bytes)
{
        if (limits->pids == 0)
                limits->pids = LIMITS_DEFAULT_TASKS;
        if (limits->memory_bytes == 0 && ram_bytes > 0)
                limits->memory_bytes = ram_bytes + LIMITS_ENGINE_OVERHEAD;
}

int limits_hold_pinned(const struct jail_limits *limits, uint64_t ram_bytes, bool wired, struct error *err)
{
        const struct {
                const char *name;
                uint64_t bytes, more;
        } bounds[] = {
            {"physical", limits->memory_bytes, LIMITS_ENGINE_LEAST},
            {"locked", limits->locked_bytes, wired ? LIMITS_PINNED_MORE : LIMITS_ENGINE_LEAST},
        };
        char have[24];

        for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
                if (bounds[i].bytes == 0 || bounds[i].bytes >= ram_bytes + bounds[i].more)
                        continue;
                size_format(bounds[i].bytes, have, sizeof(have));
                /* Not in the two digits of size_format(): what is said here has to be enough. */
                return error_set(
                    err, ENOMEM,
                    "capped-memory %s %s: all memory of the guest is kept in place (-S, or a device of the "
                    "host), so at least %" PRIu64 "M is needed",
                    bounds[i].name, have, (ram_bytes + bounds[i].more + MIB - 1) / MIB);
        }
        return 0;
}
