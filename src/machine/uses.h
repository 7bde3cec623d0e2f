/* What a machine opens, from arguments that were parsed already. */
#pragma once

#include "bhyve/bhyve.h"
#include "machine/machine.h"

int uses_from_tree(const struct machine *m, const struct bconf *tree, struct machine_use **ret, size_t *ret_n,
                   struct error *err);
