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
        TYPE_BOOLEAN,   /* true | false */
        TYPE_UINT,      /* whole number */
        TYPE_SIZE,      /* size.h */
        TYPE_NCPUS,     /* N or N-M */
        TYPE_DECIMAL,   /* 1.50 */
        TYPE_PATH,      /* absolute path */
        TYPE_ENUM,      /* one of values */
        TYPE_ADDRESS,   /* IPv4[/n], IPv6/n, host name */
        TYPE_ADDRESSES, /* one or more of them, with commas */
        TYPE_ROUTER,    /* the same without a prefix length, which would be ignored */
        TYPE_MAC,
        TYPE_PCISLOT, /* S, S:F or B:S:F */
        TYPE_VLAN,    /* 0-4094; 0 is untagged */
        TYPE_UUID,
        TYPE_HOSTID,
        TYPE_NAME,       /* vnic or link name */
        TYPE_FSTYPE,     /* file system type: a word without a slash */
        TYPE_FSTYPES,    /* several, with commas */
        TYPE_AUTHS,      /* what a user may do: several words, with commas */
        TYPE_RCTL_NAME,  /* zone.max-lwps */
        TYPE_DATASET,    /* ZFS file system name */
        TYPE_ATTR_NAME,  /* letters, digits, '-', '.' and '_' */
        TYPE_ZONE_NAME,  /* zone.h */
        TYPE_BRAND_NAME, /* name of a folder */
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
        PROP_EMPTY = 1 << 9,      /* an empty text is a value; for the others it means unset */
        PROP_NOT_IN_GLOBAL_ZONE = 1 << 10,
};

struct property_def {
        const char *name; /* zonecfg's word */
        const char *xml;  /* attribute, or element of a list ("fsoption", "net-attr") */
        enum property_type type;
        unsigned flags;
        const char *const *values; /* TYPE_ENUM, and what completion offers for others; NULL-terminated */
        const char *members;       /* PROP_TUPLES: "name,value" or "priv,limit,action" */
        const char *also;          /* another word for it that is accepted: "conf" for option */
        const char *rctl;          /* PROP_ALIAS: "zone.max-swap" */
        const char *fallback;      /* what it reads as when unset, and is not stored */
        const char *help;          /* one sentence, for help, the manual and JSON Schema */
};

enum resource_flag {
        RES_GLOBAL = 1 << 0,    /* the global scope itself */
        RES_SINGLETON = 1 << 1, /* at most one */
        RES_NOT_IN_GLOBAL_ZONE = 1 << 2,
        RES_RFD121 = 1 << 3,
        RES_VIRTUAL = 1 << 4, /* has alias properties, which are kept as rctls: capped-cpu, capped-memory */
};

struct resource_def {
        const char *name; /* "net" */
        const char *xml;  /* "network"; of a virtual resource, the element of what is no rctl */
        unsigned flags;
        const struct property_def *prop;
        size_t n_prop;
        const char *help;
        const char *example; /* a few lines for help and the manual, or NULL */
};

/* All resource types in the order of info; schema_global() is the global scope. */
const struct resource_def *schema_resources(size_t *ret_n);
const struct resource_def *schema_global(void);
/* By zonecfg's word, or NULL; "global" is the global scope. */
const struct resource_def *schema_resource(const char *name);
/* By zonecfg's word or its other word, or NULL. */
const struct property_def *schema_property(const struct resource_def *res, const char *name);
/* The kind of value that set or add expects. */
enum value_kind schema_kind(const struct property_def *prop);
/* Splits members: writes up to max names into ret (each at most 15 bytes); returns their number. */
size_t schema_members(const struct property_def *prop, char ret[][16], size_t max);

/* Checks one simple value against its type: "autoboot value must be 'true' or 'false'." and the like. */
int schema_check(const struct property_def *prop, const char *value, struct error *err);
/* Checks a complex value: its members, each once, and those of an rctl value. */
int schema_check_tuple(const struct property_def *prop, const struct complex *value, struct error *err);

/* The longest value and path that are accepted, as in libzonecfg (with the NUL: 1024, 256). */
#define CONFIG_PATH_MAX  1024
#define CONFIG_VALUE_MAX 8192
