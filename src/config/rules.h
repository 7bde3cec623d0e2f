/* What must hold for a resource as a whole: what end checks, and verify again. */
#pragma once

#include "config/config.h"

/* Required properties ("match not specified") and rules between the properties of one resource. */
int rules_complete(const struct resource *res, struct error *err);
/* "A device resource with the match '/dev/x' already exists."; the resource at position self is left out. */
int rules_unique(const struct config *cfg, const struct resource *res, size_t self, struct error *err);
/* The message alone. */
int rules_duplicate(const struct resource *res, struct error *err);
/* Are they of one type, with the same key (an unset property being the same as an unset one)? */
bool rules_same_key(const struct resource *a, const struct resource *b);
