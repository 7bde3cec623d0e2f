/* Inside of the tree, for the files of this module. */
#pragma once

#include "config/config.h"
#include "config/schema.h"

/* What the schema does not know of an XML file, so that saving does not lose it. */
struct xml_extra {
        struct member *attr; /* attributes */
        size_t n_attr;
        char *elements; /* whole elements, as XML text without the blanks around them; NULL if none */
};

void complex_clear(struct complex *c);
int complex_copy(const struct complex *c, struct complex *ret);
bool complex_equal(const struct complex *a, const struct complex *b);
void property_clear(struct property *p);

/* The property of a definition, made (empty) if absent; NULL when out of memory. */
struct property *resource_ensure(struct resource *res, const struct property_def *def);
/* Takes a property out. */
void resource_drop(struct resource *res, const struct property_def *def);
/* Stores without any check; the text is copied. */
int resource_store(struct resource *res, const struct property_def *def, const char *value);
int resource_store_item(struct resource *res, const struct property_def *def, const char *value);
/* Takes over the members of value, also on failure. */
int resource_store_tuple(struct resource *res, const struct property_def *def, struct complex *value);
/* Appends a resource without any check; takes it over on success. */
int config_append(struct config *cfg, struct resource *res);
/* A virtual resource put together from its rctls and its element; NULL if there is none (or no memory). */
struct resource *config_virtual(const struct config *cfg, const struct resource_def *def);
/* Has the resource all these values? */
bool resource_matches(const struct resource *res, const struct member *match, size_t n);
