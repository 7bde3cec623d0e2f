/*
 * What two must not have: one disk, one device, one MAC address, one UUID.  Zones are compared with each
 * other, and the parts of one zone among themselves, by what the host has at the place that a name names, so
 * that a symbolic link or another spelling hides nothing.
 *
 * This reads the configuration of every zone, so it is for those who ask (zonecfg verify, zoneadm verify and
 * install) and never on the way of a commit or a boot.  What must not go wrong there is held by the in-use
 * lock of the volume.
 */
#pragma once

#include "base/error.h"
#include "base/root.h"
#include "config/config.h"

/*
 * Compares a configuration with itself and with every zone of the index whose name is not in self
 * (NULL-terminated).  uuid is the zone's, or "" when it has none yet; addresses are made from it.  A zone
 * that cannot be read is left out, with a line in warnings.  One line for each conflict in problems; 0 also
 * when there are some.
 */
int conflict_find(const struct root *root, const struct config *cfg, const char *uuid,
                  const char *const *self, struct problems *problems, struct problems *warnings,
                  struct error *err);
