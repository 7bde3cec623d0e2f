/*
 * What a script cannot say, the XML that the schema does not know, has to outlive a configuration that is
 * written anew as a script.
 */
#pragma once

#include "config/config.h"

/*
 * Moves it from old to cfg: that of the zone; that of each resource to the one with the same key, else to the
 * one in the same place among those of its type that have no counterpart.  -EINVAL and the resource when its
 * place cannot be told, for others of its type came or went as well; a resource that was removed takes it
 * along.  The same holds for the elements of a list in a resource.
 */
int unsaid_keep(struct config *cfg, struct config *old, const struct resource **ret_unclear);
