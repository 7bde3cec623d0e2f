/* Opening what the engine needs: the outcome is a list of descriptors and the text of the plan for zhyve. */
#pragma once

#include "bhyve/bhyve.h"
#include "zoneadmd/daemon.h"

/* Everything that is handed to the engine, until it has been. */
struct handover {
        struct jail_fd fds[MAX_HELD_FDS];
        size_t n_fds;
        struct engine_fd engine[MAX_HELD_FDS]; /* paths point into needs */
        size_t n_engine;
        char mac[MAX_HELPERS][18];
        const char *mac_list[MAX_HELPERS];
        size_t n_mac;
        struct needs needs;
};

/* Adds a descriptor (owned by the handover from here on) and returns its number in the engine. */
int handover_add(struct handover *h, int fd, struct error *err);
/* Opens everything that h->needs lists, the console and QMP sockets excepted. */
int handover_open(struct daemon *d, struct handover *h, struct error *err);
/* Closes our copies. */
void handover_close(struct handover *h);
