/* What a configuration claims of the host, with the identity that others are compared by. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/root.h"
#include "config/config.h"

struct claim {
        char *key;      /* "block:8:16", "file:2049:77", "path:/disks/new.img", "pci:2:0:0",
                           "mac:02:08:20:01:02:03", "uuid:11111111-..." */
        char *text;     /* as the configuration names it */
        char *host;     /* what patterns are compared with: the name on the host */
        char *where;    /* "attr disk3", "device /dev/x", "net nat0" */
        bool read_only; /* may be shared with others that only read */
        bool is_mac;
        bool is_uuid;    /* of the machine */
        bool is_pattern; /* text has wildcards; it stands for what it matches */
        bool is_device;  /* no disk: a serial line, a PCI device */
        bool unused;     /* given to the zone, but the machine does not use it */
        bool made;       /* a MAC address that is made from the UUID */
};

struct claims {
        struct claim *v; /* sorted by key, then in the order of the configuration */
        size_t n;
};

/* -ENOMEM, else 0: what is wrong with the configuration is for others to say. */
int claims_read(const struct root *root, const struct config *cfg, const char *uuid, struct claims *ret);
void claims_free(struct claims *claims);
