/* Inside of the tree, for the files of this module. */
#pragma once

#include "config/config.h"
#include "config/schema.h"

/* What the schema does not know of an XML file, so that saving does not lose it. */
/* Unknown attributes of one element of a list, such as net-attr, found again by what else it says. */
struct child_extra {
        char *xml;           /* its name */
        struct complex said; /* the attributes that are known */
        struct complex kept;
};

struct xml_extra {
        struct member *attr; /* attributes */
        size_t n_attr;
        char *elements; /* whole elements, as XML text without the blanks around them; NULL if none */
        struct child_extra *child;
        size_t n_child;
};

void complex_clear(struct complex *c);
int complex_copy(const struct complex *c, struct complex *ret);
bool complex_equal(const struct complex *a, const struct complex *b);
void property_clear(struct property *p);

void extra_free(struct xml_extra *extra);
/* Makes *extra if there is none.  NULL when out of memory. */
struct xml_extra *extra_need(struct xml_extra **extra);
#define CHILD_EXTRA_MAX 256 /* in one resource: each is looked for among all */
/* The texts are copied.  -ENOMEM; -E2BIG. */
int extra_add_child(struct xml_extra *extra, const char *xml, const struct complex *said,
                    const struct complex *kept);
/* What is kept of the first element of that name that says so and is not used, or NULL; it is used then. */
const struct complex *extra_child(const struct xml_extra *extra, const char *xml, const struct complex *said,
                                  bool used[CHILD_EXTRA_MAX]);
/* The ith element of a list as what it says in XML; item has room for one member. */
struct complex property_child(const struct property *p, size_t i, struct member *item);

/* The property of a definition, made (empty) if absent; NULL when out of memory. */
struct property *resource_ensure(struct resource *res, const struct property_def *def);
/* A value as set keeps it: numbers without leading zeros, paths without doubled slashes, MAC in lower case.
 */
char *property_normal(const struct property_def *def, const char *value);
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
