/*
 * From a zone's configuration to the limits of its platform: resource controls, capped-cpu, capped-memory
 * and dedicated-cpu as the host enforces them.
 */
#pragma once

#include "base/error.h"
#include "config/config.h"
#include "platform/jail.h"

/* What an engine needs above the guest's memory: the difference that SmartOS publishes (bhyve-brand.md 3.5).
 */
#define LIMITS_ENGINE_OVERHEAD (1280ull * 1024 * 1024)
/* What may be locked besides the guest's memory when a device of the host is in it: ROMs, the screen, queues.
 */
#define LIMITS_PINNED_MORE (1024ull * 1024 * 1024)
/* The least that has to be free above the guest's memory: the engine itself has to live, and ROMs and the
 * screen are memory as well (an idle QEMU 7.2 is resident with 50 to 100 MiB). */
#define LIMITS_ENGINE_LEAST (256ull * 1024 * 1024)
/* Tasks when no max-lwps is set: vCPUs, I/O workers and QEMU's own threads stay far below. */
#define LIMITS_DEFAULT_TASKS 1024
/* illumos: max-processes without max-lwps means ten lwps for each (zones-tools.md 6). */
#define LIMITS_LWPS_PER_PROCESS 10

/*
 * Limits that the configuration asks for; limits it does not mention are 0.  cpus is left to the caller, who
 * knows which CPUs are free (dedicated-cpu needs that).
 */
void limits_from_config(const struct config *cfg, struct jail_limits *ret);

/*
 * Can the guest's memory be pinned, as a device of the host needs it, and with it all that the engine maps,
 * if the guest is wired?  -ENOMEM names the limit that is too low, and what it has to be; a limit that is 0
 * is not set.
 */
int limits_hold_pinned(const struct jail_limits *limits, uint64_t ram_bytes, bool wired, struct error *err);

/* Adds what protects the host when the configuration says nothing: tasks, and memory if ram_bytes is known.
 */
void limits_add_defaults(struct jail_limits *limits, uint64_t ram_bytes);
