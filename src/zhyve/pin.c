/* -p VCPU:HOSTCPU: the engine says which thread is which CPU of the machine, and the thread is bound. */
#include "pin.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"

#define CPUS_MAX 8192 /* what Linux can be built for; the set of the C library has 1024 */

union cpus {
        cpu_set_t set;
        unsigned char bytes[CPUS_MAX / 8];
};

/* "0,2-4" to a set. */
static int read_set(const char *text, union cpus *ret)
{
        const char *p = text;

        memset(ret, 0, sizeof(*ret));
        do {
                uint64_t first, last;

                if (!number_take(&p, CPUS_MAX - 1, &first))
                        return -EINVAL;
                last = first;
                if (*p == '-') {
                        p++;
                        if (!number_take(&p, CPUS_MAX - 1, &last) || last < first)
                                return -EINVAL;
                }
                for (uint64_t i = first; i <= last; i++)
                        CPU_SET_S(i, sizeof(ret->bytes), &ret->set);
        } while (*p++ == ',');
        return p[-1] == '\0' ? 0 : -EINVAL;
}

int pin_check(const struct bconf *c, struct error *err)
{
        struct topology t;
        const char *vcpu;
        union cpus host = {0};
        int r = bhyve_topology(c, &t, err);

        if (r < 0)
                return r;
        if (sched_getaffinity(0, sizeof(host), &host.set) < 0)
                return error_errno(err, errno, "sched_getaffinity");
        for (size_t i = 0; (vcpu = bconf_child(c, "vcpu", i)); i++) {
                const char *list = bconf_getf(c, "vcpu.%s.cpuset", vcpu);
                union cpus wanted, have;
                uint64_t n;

                if (!number_parse(vcpu, t.cpus - 1, &n))
                        return error_set(err, EINVAL, "vcpu.%s.cpuset: the machine has %u CPUs", vcpu,
                                         t.cpus);
                if (!list || read_set(list, &wanted) < 0)
                        return error_set(err, EINVAL, "vcpu.%s.cpuset: invalid list of CPUs '%s'", vcpu,
                                         str_empty(list));
                CPU_AND_S(sizeof(have), &have.set, &wanted.set, &host.set);
                if (!CPU_EQUAL_S(sizeof(have), &have.set, &wanted.set))
                        return error_set(err, EINVAL,
                                         "vcpu.%s.cpuset: %s: not all of these CPUs can be had on this host",
                                         vcpu, list);
        }
        return 0;
}

void pin_threads(const struct bconf *c, const json_t *cpus)
{
        size_t i;
        json_t *cpu;

        json_array_foreach(cpus, i, cpu)
        {
                json_int_t index = json_integer_value(json_object_get(cpu, "cpu-index"));
                json_int_t thread = json_integer_value(json_object_get(cpu, "thread-id"));
                const char *list = bconf_getf(c, "vcpu.%d.cpuset", (int)index);
                union cpus cpus;

                if (list && read_set(list, &cpus) == 0 &&
                    sched_setaffinity((pid_t)thread, sizeof(cpus), &cpus.set) < 0)
                        fprintf(stderr, "bhyve: vcpu.%d.cpuset: %s: %s\n", (int)index, list, strerror(errno));
        }
}
