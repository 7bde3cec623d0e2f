/* How many virtual CPUs there are, and how they are arranged. */
#include <errno.h>
#include <stdlib.h>

#include "bhyve/bhyve.h"

#define TOPOLOGY_MAX 65535

static int read_count(const struct bconf *c, const char *key, unsigned def, unsigned *ret, struct error *err)
{
        const char *value = bconf_get(c, key);
        char *end;
        long n;

        *ret = def;
        if (!value)
                return 0;
        errno = 0;
        n = strtol(value, &end, 0);
        if (errno != 0 || *value < '0' || *value > '9' || *end != '\0' || n < 1 || n > TOPOLOGY_MAX)
                return error_set(err, EINVAL, "Invalid value for %s: '%s'", key, value);
        *ret = (unsigned)n;
        return 0;
}

int bhyve_topology(const struct bconf *c, struct topology *ret, struct error *err)
{
        uint64_t product;
        int r;

        r = read_count(c, "cpus", 1, &ret->cpus, err);
        if (r == 0)
                r = read_count(c, "cores", 1, &ret->cores, err);
        if (r == 0)
                r = read_count(c, "threads", 1, &ret->threads, err);
        if (r == 0)
                r = read_count(c, "sockets", ret->cpus, &ret->sockets, err);
        if (r < 0)
                return r;

        product = (uint64_t)ret->sockets * ret->cores * ret->threads;
        if (product > TOPOLOGY_MAX)
                return error_set(err, EINVAL, "Computed number of vCPUs too high: %llu",
                                 (unsigned long long)product);
        if (bconf_get(c, "cpus") && product != ret->cpus)
                return error_set(err, EINVAL,
                                 "Topology (%u sockets, %u cores, %u threads) does not match %u vCPUs",
                                 ret->sockets, ret->cores, ret->threads, ret->cpus);
        ret->cpus = (unsigned)product;
        return 0;
}
