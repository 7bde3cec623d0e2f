/* What a machine has behind its devices besides disks and directories; a part of verify_hardware(). */
#pragma once

#include "machine/machine.h"
#include "zoneadm/zoneadm.h"

/* A serial line, firmware, its variables, or a socket; adds to problems. */
int verify_backend(const struct zoneadm *za, const struct config *cfg, const struct machine_use *use,
                   struct problems *problems);
/* The links of the zone, and that each adapter of the machine has one. */
int verify_links(const struct zoneadm *za, const struct config *cfg, const struct machine_use *uses,
                 size_t n_uses, struct problems *problems);
