/* What the boot hook does with the variables of UEFI firmware, ZONEPATH/root/etc/uefivars. */
#pragma once

#include "described.h"

/*
 * Makes the file if the machine has none yet, and writes the boot order and the one-time choice into it.
 * When the latter was written, bootnext is removed from the stored configuration (not from a file named with
 * -x).  What cannot be done about the order does not keep a machine from booting: it goes into notes.
 */
int firmware_prepare(const struct described *z, int root_fd, const struct config *cfg,
                     const struct machine *m, struct problems *notes, struct error *err);

/* Tells -j what the variables offer to boot from; a machine without a file has nothing to tell. */
int firmware_boot_options(const struct described *z, const struct config *cfg, struct machine *m,
                          struct error *err);
