/*
 * Links of a zone.  What a net resource asks for becomes a struct link; making it ready yields the
 * descriptors that the engine inherits.  The only link kind so far is nat0: user-mode networking inside
 * the engine's own process, which needs no host set-up and leaves the jail's network namespace empty.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "config/config.h"

enum link_kind {
        LINK_NAT, /* physical=nat0 */
};

struct link {
        enum link_kind kind;
        char name[64]; /* name the hypervisor arguments use: the physical or virtual link */
        char mac[18];  /* "02:08:20:aa:bb:cc", always set */
};

/*
 * Works out the links of a zone in document order (resources without physical are skipped).  A net without
 * mac-addr gets an address made from the zone's UUID and the position: the same at every boot.  A physical
 * link that is not there: -ENODEV "net vm0: no such link; use nat0, or ...".  *ret is freed by the caller.
 */
int net_links(const struct config *cfg, const char *uuid, struct link **ret, size_t *ret_n,
              struct error *err);

/* The address for position i of the zone with this UUID (OUI 02:08:20, as dladm's random addresses have). */
void net_stable_mac(const char *uuid, size_t i, char ret[18]);
