/* What the engine of a machine on a plain host needs and cannot open by the name in the arguments. */
#pragma once

#include "bhyve/bhyve.h"
#include "ppt/ppt.h"

struct host_things {
        struct needs needs;
        struct ppts pci;
        struct engine_fd *fd; /* points into both */
        size_t n;
};

/* Disks in memory, and devices of the host by whichever of their names. */
int host_things_open(const struct bconf *c, struct host_things *ret, struct error *err);
/* The files that the engine will open by name: one that is absent or closed to us is named with its device.
 */
int host_files_check(const struct needs *needs, struct error *err);
/* The places of the sockets that the engine will make; it takes away what is there (sockets.c). */
int sockets_check(const struct bconf *c, const struct needs *needs, struct error *err);
/* The descriptors stay open, for the engine. */
void host_things_clear(struct host_things *h);
