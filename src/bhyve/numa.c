/* NUMA domains: -n, or domains.N.size and domains.N.cpus. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/size.h"
#include "bhyve/engine.h"

#define DOMAINS_MAX 8 /* bhyve's */
#define MIB         ((uint64_t)1024 * 1024)

/* "0-3", "2", or several of them; the engine takes one range at a time. */
static int put_cpus(struct build *b, struct strbuf *text, unsigned domain, const char *cpus, unsigned have)
{
        const char *p = cpus;

        do {
                uint64_t first, last;
                bool fits = number_take(&p, UINT16_MAX, &first);

                last = first;
                if (fits && *p == '-') {
                        p++;
                        fits = number_take(&p, UINT16_MAX, &last);
                }
                if (!fits || (*p != ',' && *p != '\0') || last < first)
                        return error_set(b->err, EINVAL, "domains.%u.cpus: invalid CPUs '%s'", domain, cpus);
                if (last >= have)
                        return error_set(b->err, EINVAL, "domains.%u.cpus: '%s': the machine has %u CPUs",
                                         domain, cpus, have);
                strbuf_printf(text, ",cpus=%u-%u", (unsigned)first, (unsigned)last);
        } while (*p++ == ',');
        return 0;
}

static int emit_domain(struct build *b, unsigned domain, unsigned have, uint64_t *sum)
{
        const char *size = bconf_getf(b->c, "domains.%u.size", domain);
        const char *cpus = bconf_getf(b->c, "domains.%u.cpus", domain);
        _cleanup_(strbuf_free) struct strbuf text = {0};
        uint64_t bytes;
        int r;

        if (!size || size_parse_ram(size, &bytes) < 0 || bytes == 0 || bytes % MIB)
                return error_set(b->err, EINVAL,
                                 "domains.%u.size: a size in whole mebibytes is needed, not '%s'", domain,
                                 str_empty(size));
        *sum += bytes / MIB;
        strv_add(b->out, "-object");
        strv_addf(b->out, "memory-backend-ram,id=domain.%u,size=%" PRIu64 "M", domain, bytes / MIB);
        strbuf_printf(&text, "node,nodeid=%u,memdev=domain.%u", domain, domain);
        r = cpus ? put_cpus(b, &text, domain, cpus, have) : 0;
        return r < 0 ? r : emit(b, "-numa", &text);
}

int emit_domains(struct build *b)
{
        const char *memory = bconf_get(b->c, "memory.size");
        uint64_t sum = 0, bytes = 0;
        struct topology topology;
        size_t n = 0;
        int r;

        while (bconf_child(b->c, "domains", n))
                n++;
        if (n == 0)
                return 0;
        r = bhyve_topology(b->c, &topology, b->err);
        if (r < 0)
                return r;
        if (n > DOMAINS_MAX)
                return error_set(b->err, EINVAL, "domains: %zu NUMA domains, but there can be %d", n,
                                 DOMAINS_MAX);
        for (unsigned i = 0; i < n; i++) {
                char node[24];

                snprintf(node, sizeof(node), "domains.%u", i);
                if (!bconf_child(b->c, node, 0))
                        return error_set(b->err, EINVAL,
                                         "domains: %zu NUMA domains are numbered from 0 to %zu", n, n - 1);
                r = emit_domain(b, i, topology.cpus, &sum);
                if (r < 0)
                        return r;
        }
        if (size_parse_ram(memory, &bytes) < 0 || bytes / MIB + (bytes % MIB != 0) != sum)
                return error_set(b->err, EINVAL,
                                 "domains: the NUMA domains have %" PRIu64 "M, but the machine has %s", sum,
                                 memory);
        return 0;
}
