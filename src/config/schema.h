/*
 * The one table: every resource and property that a zone configuration can hold, with its type, where it
 * stands in the XML, which scope and dialect it belongs to, and its help text.  The parser of zonecfg,
 * completion, info, export, help, the XML store, JSON Schema and the manual's tables are all driven by it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "config/config.h"

enum property_type {
        TYPE_STRING,
        TYPE_BOOLEAN, /* true | false */
        TYPE_UINT,    /* whole number */
        TYPE_SIZE,    /* size.h */
        TYPE_NCPUS,   /* N or N-M */
        TYPE_DECIMAL, /* 1.50 */
        TYPE_PATH,    /* absolute path */
        TYPE_ENUM,    /* one of values */
        TYPE_ADDRESS, /* IPv4[/n], IPv6/n, host name */
        TYPE_MAC,
        TYPE_PCISLOT, /* S, S:F or B:S:F */
        TYPE_VLAN,    /* 1-4094 */
        TYPE_UUID,
        TYPE_HOSTID,
        TYPE_NAME, /* vnic, link or resource name */
};

enum property_flag {
        PROP_REQUIRED = 1 << 0, /* end refuses without it */
        PROP_LIST = 1 << 1,     /* list of simple values */
        PROP_TUPLES = 1 << 2,   /* list of complex values */
        PROP_ALIAS = 1 << 3,    /* stands for an rctl; rctl names it */
        PROP_KEY = 1 << 4,      /* part of what makes the resource unique */
        PROP_RFD121 = 1 << 5,   /* an addition of RFD 121: not in the illumos DTD */
        PROP_CLEARABLE = 1 << 6,
        PROP_SHOW_UNSET = 1 << 7, /* info prints "NAME not specified" */
        PROP_HIDDEN = 1 << 8,     /* kept and exported, not offered */
};

struct property_def {
        const char *name; /* zonecfg's word */
        const char *xml;  /* attribute, or element of a list ("fsoption", "net-attr") */
        enum property_type type;
        unsigned flags;
        const char *const *values;     /* TYPE_ENUM, and what completion offers for others */
        const char *members;           /* PROP_TUPLES: "name,value" or "priv,limit,action" */
        const char *xml_discriminator; /* RFD 121 lists share net-attr-like elements: element name */
        const char *rctl;              /* PROP_ALIAS: "zone.max-swap" */
        const char *help;              /* one sentence, for help, the manual and JSON Schema */
};

enum resource_flag {
        RES_GLOBAL = 1 << 0,    /* the global scope itself */
        RES_SINGLETON = 1 << 1, /* at most one */
        RES_NOT_IN_GLOBAL_ZONE = 1 << 2,
        RES_RFD121 = 1 << 3,
        RES_VIRTUAL = 1 << 4, /* has no element of its own: capped-cpu is an rctl */
};

struct resource_def {
        const char *name; /* "net" */
        const char *xml;  /* "network"; NULL for the global scope and virtual resources */
        unsigned flags;
        const struct property_def *prop;
        size_t n_prop;
        const char *help;
        const char *example; /* a few lines for help and the manual, or NULL */
};

/* All resource types in the order of info; schema_global() is the global scope. */
const struct resource_def *schema_resources(size_t *ret_n);
const struct resource_def *schema_global(void);
/* By zonecfg's word, or NULL. */
const struct resource_def *schema_resource(const char *name);
const struct property_def *schema_property(const struct resource_def *res, const char *name);

/* Checks one simple value against its type: "autoboot value must be 'true' or 'false'." and the like. */
int schema_check(const struct property_def *prop, const char *value, struct error *err);
