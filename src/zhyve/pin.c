/* -p VCPU:HOSTCPU: the engine says which thread is which CPU of the machine, and the thread is bound. */
#include "pin.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define CPUS_MAX 4096

/* "0,2-4" to a set. */
static int read_set(const char *text, cpu_set_t *ret)
{
        const char *p = text;

        CPU_ZERO(ret);
        do {
                char *end;
                unsigned long first, last;

                if (!isdigit((unsigned char)*p))
                        return -EINVAL;
                first = last = strtoul(p, &end, 10);
                if (*end == '-') {
                        if (!isdigit((unsigned char)end[1]))
                                return -EINVAL;
                        last = strtoul(end + 1, &end, 10);
                }
                if (last < first || last >= CPU_SETSIZE || last >= CPUS_MAX)
                        return -EINVAL;
                for (unsigned long i = first; i <= last; i++)
                        CPU_SET(i, ret);
                p = end;
        } while (*p++ == ',');
        return p[-1] == '\0' ? 0 : -EINVAL;
}

int pin_check(const struct bconf *c, struct error *err)
{
        struct topology t;
        const char *vcpu;
        cpu_set_t host;
        int r = bhyve_topology(c, &t, err);

        if (r < 0)
                return r;
        if (sched_getaffinity(0, sizeof(host), &host) < 0)
                return error_errno(err, errno, "sched_getaffinity");
        for (size_t i = 0; (vcpu = bconf_child(c, "vcpu", i)); i++) {
                const char *list = bconf_getf(c, "vcpu.%s.cpuset", vcpu);
                cpu_set_t wanted, have;
                char *end;
                unsigned long n = strtoul(vcpu, &end, 10);

                if (*end != '\0' || n >= t.cpus)
                        return error_set(err, EINVAL, "vcpu.%s.cpuset: the machine has %u CPUs", vcpu,
                                         t.cpus);
                if (!list || read_set(list, &wanted) < 0)
                        return error_set(err, EINVAL, "vcpu.%s.cpuset: invalid list of CPUs '%s'", vcpu,
                                         str_empty(list));
                CPU_AND(&have, &wanted, &host);
                if (!CPU_EQUAL(&have, &wanted))
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
                cpu_set_t set;

                if (list && read_set(list, &set) == 0 &&
                    sched_setaffinity((pid_t)thread, sizeof(set), &set) < 0)
                        fprintf(stderr, "bhyve: vcpu.%d.cpuset: %s: %s\n", (int)index, list, strerror(errno));
        }
}
