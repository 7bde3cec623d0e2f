/* The table itself, for schema.c; everybody else goes through schema.h. */
#pragma once

#include "config/schema.h"

extern const struct resource_def table_global;
extern const struct resource_def table_resources[];
extern const size_t table_n_resources;
