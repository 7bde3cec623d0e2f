/*
 * Links of a zone.  What a net resource asks for becomes a struct net_link; net_plug() makes it usable and
 * yields the descriptor that the engine inherits.
 *
 * The only link kind so far is nat0: address translation by passt(1), a process of its own outside the jail
 * that speaks Ethernet frames over a socket pair with the engine.  It needs no host set-up, runs under the
 * zone's uid without capabilities, and leaves the jail's network namespace empty: the engine itself has no
 * way to a network, only the guest's frames have.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "config/config.h"

enum net_link_kind {
        NET_NAT, /* physical=nat0 */
};

#define NET_NAT_LINK "nat0"

struct net_link {
        enum net_link_kind kind;
        char name[64]; /* name that the hypervisor arguments use: the virtual, else the physical link */
        char mac[18];  /* "02:08:20:aa:bb:cc", always set */
};

/*
 * Works out the links of a zone in document order (resources without physical are skipped).  A net without
 * mac-addr gets an address made from the zone's UUID and the position: the same at every boot.  A physical
 * link that is not known: -ENODEV "net vm0: no such link; this host has: nat0".  *ret is freed by the caller.
 */
int net_links(const struct config *cfg, const char *uuid, struct net_link **ret, size_t *ret_n,
              struct error *err);

/* An adapter of a machine: the name of its link, and the number of the net resource it is of or -1. */
struct net_adapter {
        const char *link;
        int net;
};

/*
 * Which of the links each adapter has: that of its own net resource; one that does not say which takes the
 * first of its name that no other has or says to be its own.  ret[i] is NULL if there is none for adapter i.
 */
void net_assign(const struct net_link *links, size_t n_links, const struct net_adapter *adapters,
                size_t n_adapters, const struct net_link **ret);
/* What is wrong with an adapter that has no link, and the cure: "tap0: no net resource ...".  -ENODEV. */
int net_no_link(const char *link, struct error *err);

/* The address for position i of the zone with this UUID (OUI 02:08:20, as dladm's random addresses have). */
void net_stable_mac(const char *uuid, size_t i, char ret[18]);

/*
 * Starts what the link needs.  *ret_fd is the engine's end (a connected stream socket, for -netdev stream);
 * *ret_pid the helper process, which ends by itself when the engine's end is closed.  The helper runs as uid
 * (and the gid of the same number), in the control group whose directory group is (in the unified hierarchy),
 * and what is in that group cannot reach the host's loopback from then on.
 */
int net_plug(const struct net_link *link, uid_t uid, int group, int *ret_fd, pid_t *ret_pid,
             struct error *err);
