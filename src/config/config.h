/*
 * A zone configuration in memory: a tree whose shape comes from one table (schema.h).  The grammar of
 * zonecfg, the XML store, JSON, info, export, completion and the manual are all driven by that table; this
 * header is how the rest of the programs read a configuration.
 *
 * Resource controls and their aliases: what zonecfg calls max-lwps, capped-cpu ncpus or capped-memory swap is
 * kept as the rctl resource that it stands for, as in illumos; config_alias() reads it.  capped-memory guest
 * is a property of the capped-memory resource itself (RFD 121).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/root.h"

struct resource_def; /* schema.h */
struct property_def; /* schema.h */

/* One name=value member of a complex value, as in (priv=privileged,limit=10,action=deny). */
struct member {
        char *name;
        char *value;
};

struct complex {
        struct member *member;
        size_t n;
};

enum value_kind {
        VALUE_SIMPLE = 1 << 0,
        VALUE_COMPLEX = 1 << 1,
        VALUE_LIST = 1 << 2,
};

/* A property that is set.  Which of the members is used follows from def: simple, or a list of either. */
struct property {
        const struct property_def *def;
        char *simple;          /* VALUE_SIMPLE */
        char **items;          /* list of simple values */
        struct complex *tuple; /* list of complex values */
        size_t n;              /* length of items or tuple */
};

struct xml_extra; /* elements and attributes that the schema does not know: kept, not lost */

struct resource {
        const struct resource_def *def;
        struct property *prop;
        size_t n_prop;
        struct xml_extra *extra;
        unsigned line; /* line in the XML file it came from; 0 when made in memory */
};

struct config {
        char *name;              /* zone name */
        struct resource *global; /* zonepath, brand, autoboot, ... */
        struct resource **res;   /* in document order */
        size_t n_res;
        struct xml_extra *extra;
};

/* Frees the configuration and everything in it; NULL is fine. */
void config_free(struct config *cfg);
void config_freep(struct config **cfg);
#define _cleanup_config_ __attribute__((cleanup(config_freep)))

/* A deep copy; NULL when out of memory. */
struct config *config_copy(const struct config *cfg);

/* The value of a simple property, or NULL if it is not set.  The text belongs to the resource. */
const char *resource_get(const struct resource *res, const char *prop);
/* A property that is set, or NULL. */
const struct property *resource_prop(const struct resource *res, const char *prop);
/* In a list of (name=N,value=V): the value of the first entry named name, or NULL. */
const char *resource_named(const struct resource *res, const char *prop, const char *name);
/* A member of a complex value, or NULL. */
const char *complex_get(const struct complex *c, const char *member);

/* The next resource of a type ("net") after prev (NULL: the first), or NULL. */
const struct resource *config_next(const struct config *cfg, const char *type, const struct resource *prev);
/* The only or first resource of a type, or NULL. */
static inline const struct resource *config_first(const struct config *cfg, const char *type)
{
        return config_next(cfg, type, NULL);
}
/* A global property; autoboot and ip-type read as false and shared when unset, others as NULL. */
const char *config_global(const struct config *cfg, const char *prop);
/* The value of the first attr resource of that name, or NULL; exact, case-sensitive. */
const char *config_attr(const struct config *cfg, const char *name);

/*
 * Reads a resource control through its alias: "max-lwps", "cpu-shares", "cpu-cap" (hundredths of a CPU),
 * "physical", "swap", "locked", ... or by its full name "zone.max-lwps".  Returns 0 and the lowest
 * privileged limit, or -ENOENT when there is none.
 */
int config_rctl(const struct config *cfg, const char *alias, uint64_t *ret_limit);

/* dedicated-cpu ncpus: N gives N,N and N-M gives N,M; -ENOENT when there is no such resource. */
int config_dedicated_cpu(const struct config *cfg, unsigned *ret_min, unsigned *ret_max);

/* ---- store.h: loading and saving whole zones -------------------------------------------------------- */

/* Loads /etc/zones/NAME.xml below root.  -ENOENT: "NAME: No such zone configured". */
int config_load(const struct root *root, const char *name, struct config **ret, struct error *err);
/* The same, with the text of the file, by which a later change of it can be seen; the caller frees it. */
int config_load_text(const struct root *root, const char *name, struct config **ret, char **ret_text,
                     size_t *ret_len, struct error *err);
/* Loads any XML file (path is relative to the working directory, not to a root). */
int config_load_file(const char *path, struct config **ret, struct error *err);
/* From memory; where names the source in messages. */
int config_parse_xml(const char *data, size_t len, const char *where, struct config **ret, struct error *err);
/* The whole document as text; the caller frees it.  NULL when out of memory. */
char *config_to_xml(const struct config *cfg);
/*
 * Loads a template: NAME.xml itself, else OMNINAME or SYSNAME when NAME begins with a lower-case letter
 * ("bhyve"), else what NAME is another word for (SUNWblank is SYSblank, SUNWdefault is SYSdefault).
 * OMNIbhyve and SYSbhyve differ: the latter has the lpc resource of RFD 121, which would contradict the
 * attributes of an OmniOS script.
 */
int config_load_template(const struct root *root, const char *name, struct config **ret, struct error *err);
/* Removes NAME.xml durably; one that is not there is a success. */
int config_delete(const struct root *root, const char *name, struct error *err);
/*
 * Brand and ip-type of dirfd/NAME.xml, from its first 4 KiB, for listings of many zones.  dirfd is that of
 * ZONES_ETC.  An absent brand is "", an absent ip-type "shared".  Negative errno when they cannot be read.
 */
int config_peek(int dirfd, const char *name, char *brand, size_t brand_size, char *ip_type,
                size_t ip_type_size);
/*
 * Saves /etc/zones/NAME.xml atomically and durably; the index is the caller's (index.h).  The mode of the
 * file that it takes the place of is kept, but for one that holds a password, which nobody but its owner
 * reads.
 */
int config_save(const struct root *root, const struct config *cfg, struct error *err);
/* The same for what config_to_xml() made; was: the zone's name up to now, in a rename another one. */
int config_save_text(const struct root *root, const char *name, const char *was, const char *text, size_t len,
                     struct error *err);

/*
 * Finds everything that is wrong and can be known without the host: required properties, ranges, duplicates,
 * contradictions between dialects, what the brand does not allow.  0 even when problems were added; negative
 * only when the check itself could not be done.
 */
int config_verify(const struct root *root, const struct config *cfg, struct problems *ret, struct error *err);
