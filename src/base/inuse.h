/*
 * In-use locks: one zone at a time has a disk, or a device of the host.  A lock file in a directory of
 * /run/zones stands for each thing; it holds the name of the zone, so that the refusal can say who has it.
 */
#pragma once

#include "base/error.h"
#include "base/root.h"

/*
 * Takes the lock DIR/NAME below root for the zone; -EBUSY says "WHAT: in use by zone web1".  The lock is a
 * flock(2) and lives as long as a descriptor of it is open: it may be inherited by the hypervisor, and then
 * outlives a killed zoneadmd.
 */
int inuse_lock(const struct root *root, const char *dir, const char *name, const char *zone, const char *what,
               int *ret_fd, struct error *err);
