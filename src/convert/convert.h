/*
 * Converts a configuration between its versions (config/version.h): attributes to resources and back.
 *
 * The one rule is that the machine stays the same: the hypervisor gets the same arguments before and after.
 * It holds by construction: a conversion is a row of small steps, and after each step the machine is built
 * again; a step that changed it is undone, and so is one whose result the zone's brand does not have.  What
 * the other dialect cannot say therefore stays as it is on the way up, and is a refusal on the way down,
 * because version 1 must be loadable by illumos.
 */
#pragma once

#include "base/root.h"
#include "config/config.h"
#include "config/version.h"

/*
 * uuid is the zone's, from the index, or NULL.  -EINVAL when the configuration describes no machine that
 * could be compared, or ("version 1 has no words for") when something would be lost.
 */
int config_convert(const struct root *root, const struct config *cfg, const char *uuid, int version,
                   struct config **ret, struct error *err);
/* Of a configuration that was upgraded: what stayed an attribute although a resource could say it, and why.
 */
int config_upgrade_notes(const struct config *cfg, struct problems *ret);
