/*
 * Aliases: properties that stand for a resource control (zones-tools.md section 6).  They read and write the
 * rctl resource of the configuration and are usable only while that rctl is absent or has exactly the one
 * value that the alias would write.
 */
#pragma once

#include "config/config.h"
#include "config/schema.h"

/* The one limit behind an alias; -ENOENT when there is no such rctl, -EBUSY when it is not the alias's. */
int alias_get(const struct config *cfg, const struct property_def *prop, uint64_t *ret_limit);
/* Parses a value of the alias ("1.5" CPUs is 150); also checks the lowest value. */
int alias_parse(const struct property_def *prop, const char *value, uint64_t *ret_limit, struct error *err);
/* The text of info: "4G", "1.50", "2000". */
void alias_format(const struct property_def *prop, uint64_t limit, char *buf, size_t size);
/* Writes the rctl; -EPERM "An incompatible rctl already exists for this property". */
int alias_set(struct config *cfg, const struct property_def *prop, uint64_t limit, struct error *err);
/* Removes the rctl if it is the alias's. */
void alias_clear(struct config *cfg, const struct property_def *prop);
/* Is any alias of this virtual resource usable and set? */
bool alias_any(const struct config *cfg, const struct resource_def *def);
