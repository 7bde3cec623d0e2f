/* The seed image of cloud-init, made at each boot that wants it. */
#pragma once

#include "base/error.h"
#include "described.h"
#include "machine/machine.h"

/*
 * Has the image made, or removes one of an earlier boot, which may hold a password, if the machine wants none
 * any more; root_fd is the zone's root.  What keeps an old one from being removed goes to notes.
 */
int seed_prepare(const struct described *z, int root_fd, const struct machine *m, struct problems *notes,
                 struct error *err);
