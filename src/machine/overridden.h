/* Memory and CPUs as they are once the words of extra have had their say. */
#pragma once

#include "bhyve/bhyve.h"
#include "machine/machine.h"

/* check.c: what the front end makes of the arguments of m; the caller frees it with bconf_free(). */
int machine_parse(const struct machine *m, struct bconf **ret, struct error *err);

/* What extra makes of the memory, in bytes. */
struct overridden_memory {
        const char *text; /* -m as written; part of the tree */
        uint64_t ram;
        uint64_t disks; /* in memory, all of them */
};

/* False if it is what the zone's own configuration says. */
bool overridden_memory(const struct machine *m, const struct bconf *tree, struct overridden_memory *ret);
/* -EINVAL when what extra says goes beyond capped-memory or dedicated-cpu, as an attribute may not. */
int overridden_check(const struct machine *m, const struct bconf *tree, struct error *err);
