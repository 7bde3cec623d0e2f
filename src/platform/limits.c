/*
 * A zone's limits as files of cgroup controllers, version 2 or 1.
 *
 * Shares are weights of a zone against the other zones, whose groups all lie below one folder; so only their
 * ratio counts, and it is kept: version 2 takes them as they are, version 1, whose least is 2, twice that.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CPU_PERIOD    100000u /* microseconds */
#define CPU_QUOTA     1000ull /* of them for a hundredth of a CPU */
#define MAX_WEIGHT    10000u  /* of cpu.weight and io.weight */
#define V1_MAX_SHARES 262144u
#define V1_MIN_SHARES 2u
#define IO_WEIGHT_MAX 1024u /* of the configuration; version 1 knows 1-1000 */
#define UNSET_WEIGHT  1u    /* a zone that says nothing has one share */

static const struct {
        const char *limit;
        enum controller controller;
} LIMITS[] = {
    {"capped-memory", CG_MEMORY}, {"max-lwps", CG_PIDS},        {"capped-cpu", CG_CPU},
    {"cpu-shares", CG_CPU},       {"dedicated-cpu", CG_CPUSET}, {"io-weight", CG_IO},
};

static bool is_set(const struct jail_limits *l, size_t i)
{
        switch (i) {
        case 0:
                return l->memory_bytes || l->swap_bytes;
        case 1:
                return l->pids;
        case 2:
                return l->cpu_cap;
        case 3:
                return l->cpu_shares;
        case 4:
                return l->cpus && *l->cpus;
        default:
                return l->io_weight;
        }
}

unsigned limits_controllers(const struct jail_limits *limits)
{
        unsigned set = 0;

        for (size_t i = 0; i < ARRAY_SIZE(LIMITS); i++)
                if (is_set(limits, i))
                        set |= 1u << LIMITS[i].controller;
        return set;
}

int limits_missing(const struct jail_limits *limits, unsigned missing, struct problems *ret)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(LIMITS); i++)
                if (is_set(limits, i) && (missing & 1u << LIMITS[i].controller))
                        r = problems_add(ret, "%s: cgroup controller %s is missing", LIMITS[i].limit,
                                         controller_name(LIMITS[i].controller));
        return r;
}

static __attribute__((format(printf, 4, 5))) int put(int dir, const char *file, struct error *err,
                                                     const char *fmt, ...)
{
        char text[256];
        va_list ap;
        int n;
        _cleanup_close_ int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

        if (fd < 0)
                return error_errno(err, errno, "%s", file);
        va_start(ap, fmt);
        n = vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        if (n < 0 || n >= (int)sizeof(text))
                return error_set(err, EINVAL, "%s: value too long", file);
        if (write(fd, text, (size_t)n) < 0)
                return error_errno(err, errno, "%s: %s", file, text);
        return 0;
}

static bool has_file(int dir, const char *file)
{
        return faccessat(dir, file, F_OK, 0) == 0;
}

static int memory_v2(int dir, const struct jail_limits *l, bool reset, struct error *err)
{
        int r = 0;

        if (l->memory_bytes)
                r = put(dir, "memory.max", err, "%llu", (unsigned long long)l->memory_bytes);
        else if (reset)
                r = put(dir, "memory.max", err, "max");
        if (r == 0 && l->swap_bytes && l->swap_bytes != UINT64_MAX)
                r = put(dir, "memory.swap.max", err, "%llu", (unsigned long long)l->swap_bytes);
        else if (r == 0 && reset && has_file(dir, "memory.swap.max"))
                r = put(dir, "memory.swap.max", err, "max");
        /* Half an engine is no use: the whole zone goes when its memory is up. */
        if (r == 0)
                r = put(dir, "memory.oom.group", err, "1");
        return r;
}

static int memory_v1(int dir, const struct jail_limits *l, bool reset, struct error *err)
{
        static const char both[] = "memory.memsw.limit_in_bytes";
        /* A sum that does not fit is no limit either. */
        bool swap =
            l->swap_bytes && l->swap_bytes <= UINT64_MAX - l->memory_bytes && l->swap_bytes != UINT64_MAX;
        int r = 0;

        if (swap && !l->memory_bytes)
                return error_set(err, EINVAL, "a swap limit without a memory limit (cgroup v1)");
        /* The sum of memory and swap may never be less than memory, so it is out of the way first. */
        if (has_file(dir, both))
                r = put(dir, both, err, "-1");
        if (r == 0 && l->memory_bytes)
                r = put(dir, "memory.limit_in_bytes", err, "%llu", (unsigned long long)l->memory_bytes);
        else if (r == 0 && reset)
                r = put(dir, "memory.limit_in_bytes", err, "-1");
        if (r == 0 && swap)
                r = put(dir, both, err, "%llu", (unsigned long long)l->memory_bytes + l->swap_bytes);
        return r;
}

static int pids(int dir, const struct jail_limits *l, bool reset, struct error *err)
{
        if (l->pids)
                return put(dir, "pids.max", err, "%llu", (unsigned long long)l->pids);
        return reset ? put(dir, "pids.max", err, "max") : 0;
}

static int cpu_v2(int dir, const struct jail_limits *l, bool reset, struct error *err)
{
        int r = put(dir, "cpu.weight", err, "%llu",
                    (unsigned long long)(l->cpu_shares ? l->cpu_shares : UNSET_WEIGHT));

        if (r == 0 && l->cpu_cap)
                return put(dir, "cpu.max", err, "%llu %u", (unsigned long long)l->cpu_cap * CPU_QUOTA,
                           CPU_PERIOD);
        return r == 0 && reset ? put(dir, "cpu.max", err, "max") : r;
}

static int cpu_v1(int dir, const struct jail_limits *l, bool reset, struct error *err)
{
        int r = put(dir, "cpu.shares", err, "%llu",
                    (unsigned long long)(l->cpu_shares ? l->cpu_shares : UNSET_WEIGHT) * V1_MIN_SHARES);

        if (r == 0 && l->cpu_cap) {
                r = put(dir, "cpu.cfs_period_us", err, "%u", CPU_PERIOD);
                if (r == 0)
                        r = put(dir, "cpu.cfs_quota_us", err, "%llu",
                                (unsigned long long)l->cpu_cap * CPU_QUOTA);
        } else if (r == 0 && reset) {
                r = put(dir, "cpu.cfs_quota_us", err, "-1");
        }
        return r;
}

static int io(int dir, const struct jail_limits *l, bool v2, bool reset, struct error *err)
{
        static const char *const v2_files[] = {"io.weight", "io.bfq.weight", NULL};
        static const char *const v1_files[] = {"blkio.weight", "blkio.bfq.weight", NULL};
        uint64_t value = l->io_weight ? l->io_weight : 100;

        if (!l->io_weight && !reset)
                return 0;
        if (!v2)
                value = value * 1000 / IO_WEIGHT_MAX;
        for (const char *const *f = v2 ? v2_files : v1_files; *f; f++)
                if (has_file(dir, *f))
                        return put(dir, *f, err, "%llu", (unsigned long long)(value ? value : 1));
        /* The controller is there and its weights are not: the kernel has no scheduler that obeys them. */
        return l->io_weight ? error_set(err, ENOTSUP, "io-weight: the kernel offers none of io.weight, bfq")
                            : 0;
}

static int cpus(int dir, const struct jail_limits *l, bool v2, bool reset, struct error *err)
{
        if (l->cpus && *l->cpus)
                return put(dir, "cpuset.cpus", err, "%s", l->cpus);
        return reset && v2 ? put(dir, "cpuset.cpus", err, "\n") : 0;
}

static int apply_one(const struct cgroup *cg, enum controller c, const struct jail_limits *l, bool reset,
                     struct error *err)
{
        bool v2 = cg->v2_controllers & 1u << c;
        int dir = cgroup_dir(cg, c);

        switch (c) {
        case CG_MEMORY:
                return v2 ? memory_v2(dir, l, reset, err) : memory_v1(dir, l, reset, err);
        case CG_PIDS:
                return pids(dir, l, reset, err);
        case CG_CPU:
                return v2 ? cpu_v2(dir, l, reset, err) : cpu_v1(dir, l, reset, err);
        case CG_CPUSET:
                return cpus(dir, l, v2, reset, err);
        default:
                return io(dir, l, v2, reset, err);
        }
}

int limits_apply(const struct cgroup *cg, const struct jail_limits *limits, bool reset, struct error *err)
{
        for (int c = 0; c < CG_CONTROLLERS; c++) {
                int r = cgroup_dir(cg, c) < 0 ? 0 : apply_one(cg, c, limits, reset, err);

                if (r < 0)
                        return r;
        }
        return 0;
}

int jail_limits_check(const struct jail_limits *limits, struct problems *ret, struct error *err)
{
        const struct cgroup_host *host = cgroup_host();
        unsigned missing = 0;
        bool v2;
        int r;

        for (int c = 0; c < CG_CONTROLLERS; c++)
                if (!(host->v2_controllers & 1u << c) && !host->v1[c][0])
                        missing |= 1u << c;
        r = limits_missing(limits, missing, ret);
        v2 = host->v2_controllers & 1u << CG_CPU;
        if (r == 0 && !(missing & 1u << CG_CPU) &&
            limits->cpu_shares > (v2 ? MAX_WEIGHT : V1_MAX_SHARES / V1_MIN_SHARES))
                r = problems_add(ret, "cpu-shares: %llu is more than cgroup v%d can tell apart (%u)",
                                 (unsigned long long)limits->cpu_shares, v2 ? 2 : 1,
                                 v2 ? MAX_WEIGHT : V1_MAX_SHARES / V1_MIN_SHARES);
        if (r == 0 && limits->io_weight > IO_WEIGHT_MAX)
                r = problems_add(ret, "io-weight: %llu is more than %u",
                                 (unsigned long long)limits->io_weight, IO_WEIGHT_MAX);
        return r < 0 ? error_nomem(err) : 0;
}
