/* Opening what the engine needs: the outcome is a list of descriptors and the text of the plan for zhyve. */
#pragma once

#include "bhyve/bhyve.h"
#include "ppt/ppt.h"
#include "zoneadmd/daemon.h"

#define MAX_PCI 64 /* devices of the host for one machine */

/* Everything that is handed to the engine, until it has been. */
struct handover {
        struct jail_fd fds[MAX_HELD_FDS];
        size_t n_fds;
        struct engine_fd engine[MAX_HELD_FDS]; /* paths point into needs */
        size_t n_engine;
        char mac[MAX_HELPERS][18];
        const char *mac_list[MAX_HELPERS];
        size_t n_mac;
        struct jail_vfio pci[MAX_PCI];
        char pci_address[MAX_PCI][PPT_ADDRESS_MAX];
        size_t n_pci;
        struct needs needs;
};

/* Adds a descriptor (owned by the handover from here on) and returns its number in the engine. */
int handover_add(struct handover *h, int fd, struct error *err);
/* Tells the engine of it; fd is a number that handover_add() returned, or -1. */
int handover_engine(struct handover *h, const struct engine_fd *fd, struct error *err);
/* Opens everything that h->needs lists, the console and QMP sockets excepted. */
int handover_open(struct daemon *d, struct handover *h, struct error *err);
/* Closes our copies. */
void handover_close(struct handover *h);

/* ---- passthru.c */
/* Finds a device of the host, checks that the zone may have it, and takes it. */
int passthru_take(struct daemon *d, struct handover *h, const struct need *need, struct error *err);
/* The ROM (owned from here on) of the device that was taken last. */
void passthru_rom(struct handover *h, int fd);
/* Puts what was taken into the jail. */
int passthru_give(struct daemon *d, struct handover *h, struct error *err);
void passthru_close(struct handover *h);

/* ---- pin.c */
/* Lets the engine keep the guest's memory in place, if the machine is wired or has devices of the host. */
int pin_memory(struct daemon *d, const struct bconf *conf, bool devices, struct error *err);
