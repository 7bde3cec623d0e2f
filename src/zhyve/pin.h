/* CPUs of the machine bound to CPUs of the host, for bhyve on a plain host. */
#pragma once

#include <jansson.h>

#include "bhyve/bhyve.h"

/* Can vcpu.N.cpuset be had here? */
int pin_check(const struct bconf *c, struct error *err);
/* Binds the threads that an answer to query-cpus-fast names. */
void pin_threads(const struct bconf *c, const json_t *cpus);
