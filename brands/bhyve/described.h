/* What the programs of a boot share: the zone as its configuration describes it. */
#pragma once

#include "base/error.h"
#include "base/root.h"
#include "machine/machine.h"

/* From the command line. */
struct described {
        struct root root;
        const char *zone;
        const char *xml; /* NULL: the snapshot of zoneadmd if there is one, else the stored configuration */
};

int described_load(const struct described *z, struct config **ret, struct error *err);
/* The persistent root directory of the zone, ZONEPATH/root. */
int described_root(const struct described *z, const struct config *cfg, struct error *err);
/* The UUID that the index has; "" if none. */
void described_index_uuid(const struct described *z, char ret[UUID_TEXT]);
/* The UUID for the machine: from the index or the zone itself; "" if the configuration says one, or nobody.
 */
void described_uuid(const struct described *z, const struct config *cfg, char ret[UUID_TEXT]);
