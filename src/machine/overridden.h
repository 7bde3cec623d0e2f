/* Memory and CPUs as they are once the words of extra have had their say. */
#pragma once

#include "bhyve/bhyve.h"
#include "machine/machine.h"

/* check.c: what the front end makes of the arguments of m; the caller frees it with bconf_free(). */
int machine_parse(const struct machine *m, struct bconf **ret, struct error *err);

/* The memory in bytes, if extra says another than the zone's own configuration. */
bool overridden_memory(const struct machine *m, uint64_t *ret);
/* -EINVAL when what extra says goes beyond capped-memory or dedicated-cpu, as an attribute may not. */
int overridden_check(const struct machine *m, const struct bconf *tree, struct error *err);
