/*
 * Changing a configuration: what the verbs of zonecfg do, without their grammar, so that zonecfg, JSON
 * import, vmadm mapping and tests go through the same checks.  Values are checked against the schema
 * (schema_check) and normalised (slashes of paths, case of MAC addresses, leading zeros of numbers) when they
 * are set; aliases are written as the rctl they stand for.
 */
#pragma once

#include "base/error.h"
#include "config/config.h"
#include "config/schema.h"

/* An empty configuration of a zone (global scope only). */
struct config *config_new(const char *name);

/* A resource that is not (yet) part of a configuration; free with resource_free. */
struct resource *resource_new(const struct resource_def *def);
void resource_free(struct resource *res);
void resource_freep(struct resource **res);
struct resource *resource_copy(const struct resource *res);

/*
 * Exchanges what two resources of a type keep of XML that the table does not know.  What stood with an
 * element of a list that res says otherwise now goes to the element in its place; -EINVAL when the place
 * cannot be told, for others came or went as well.  What stood with one that was only removed goes with it.
 */
int resource_swap_kept(struct resource *res, struct resource *old);

/* Sets a simple property (of a resource outside or inside a configuration). */
int resource_set(struct resource *res, const char *prop, const char *value, struct error *err);
/* Appends to a list property. */
int resource_add_item(struct resource *res, const char *prop, const char *value, struct error *err);
int resource_add_tuple(struct resource *res, const char *prop, const struct complex *value,
                       struct error *err);
/* Removes one value of a list property; -ENOENT when it is not there. */
int resource_remove_item(struct resource *res, const char *prop, const char *value, struct error *err);
int resource_remove_tuple(struct resource *res, const char *prop, const struct complex *value,
                          struct error *err);
/* Empties a property ("set x=[]", clear). */
int resource_clear(struct resource *res, const char *prop, struct error *err);

/* The same for the global scope, rctl aliases (max-lwps, ...) included. */
int config_set_global(struct config *cfg, const char *prop, const char *value, struct error *err);
int config_clear_global(struct config *cfg, const char *prop, struct error *err);
/* Takes an attribute of the zone away that the schema does not know, and that was kept from a file. */
void config_drop_extra(struct config *cfg, const char *attr);
/* The text that info shows for a global property or alias (sizes formatted), or NULL; freed by the caller. */
char *config_show_global(const struct config *cfg, const char *prop);

/*
 * May a resource of this type be added (what "add" asks before it opens a scope)?  "The lpc resource already
 * exists."
 */
int config_may_add(const struct config *cfg, const struct resource_def *def, struct error *err);
/*
 * Adds a finished resource: required properties ("match not specified"), duplicates ("A device resource with
 * the match '/dev/x' already exists.").  The configuration owns it on success.  A capped-cpu or
 * capped-memory resource is taken apart into rctls here and put together again by config_select.
 */
int config_add(struct config *cfg, struct resource *res, struct error *err);
/* Replaces the resource at position pos (from config_find) by res, which must pass the same checks. */
int config_replace(struct config *cfg, size_t pos, struct resource *res, struct error *err);
int config_remove_at(struct config *cfg, size_t pos);

/*
 * Finds the one resource of a type whose properties have all these values (n up to 3; n = 0 for singletons);
 * an empty value stands for unset.
 * Returns its position (of a virtual resource, which may have none, n_res); -ENOENT "No such resource with
 * that id", -E2BIG "Insufficient specification".
 */
int config_find(const struct config *cfg, const struct resource_def *def, const struct member *match,
                size_t n, struct error *err);
/* A copy to edit of what select finds; virtual resources (capped-cpu) are put together from their rctls. */
int config_select(const struct config *cfg, const struct resource_def *def, const struct member *match,
                  size_t n, struct resource **ret, size_t *ret_pos, struct error *err);
/* Removes every resource of a type, virtual ones included; returns how many there were. */
size_t config_remove_all(struct config *cfg, const struct resource_def *def);
size_t config_count(const struct config *cfg, const struct resource_def *def);

/* Are the two the same configuration?  Order of resources of different types does not count. */
bool config_equal(const struct config *a, const struct config *b);

/* ---- printing -------------------------------------------------------------------------------------- */

/* info, byte for byte as in zones-tools.md 1.11: everything, one type (filtered by match), one property. */
char *config_info(const struct config *cfg, const struct resource_def *def, const struct member *match,
                  size_t n);
/* The block of one resource, as info prints it. */
char *resource_info(const struct resource *res);
/*
 * export (1.12): a script that recreates the zone.  What no script can say is a comment in it, and a line in
 * left_out (which may be NULL).
 */
char *config_export(const struct config *cfg, struct problems *left_out);
/*
 * What XML holds and the table does not know, with the resources that it stands in: comments for a script, ""
 * if there is nothing.
 */
char *config_kept_xml(const struct config *cfg);
/* export --json and import --json, lossless. */
char *config_to_json(const struct config *cfg);
int config_from_json(const char *text, size_t len, struct config **ret, struct error *err);
/* JSON Schema of a configuration, from the table. */
char *schema_to_json(void);
