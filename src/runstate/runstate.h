/*
 * What is known of a zone that is not merely installed: the record /run/zones/NAME.state.  zoneadmd writes
 * it before each step that would leave something behind, so that a zoneadmd started after a crash finds the
 * running zone, or cleans up after a half-made one.  It holds nothing that a process could not verify again:
 * a pid counts only together with the start time of the process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/root.h"
#include "base/zone.h"

struct runstate {
        unsigned id;              /* zone id, >= 1, not used again before the host reboots */
        enum zone_state state;    /* ready and above; what zoneadmd was doing when it wrote this */
        char aux[32];             /* auxiliary state, "guest-running" or "" */
        pid_t pid;                /* zone init as the host sees it; 0 before it exists */
        unsigned long long start; /* its start time in clock ticks (field 22 of /proc/PID/stat) */
        char boot_id[UUID_TEXT];  /* /proc/sys/kernel/random/boot_id: a record of an earlier boot is void */
        uid_t uid;                /* uid and gid of the engine */
        char reason[256];         /* why the zone stopped last time, for people; "" if unknown */
        pid_t tpm_pid;            /* the zone's TPM emulator; 0: none */
        unsigned long long tpm_start; /* as start */
        char cpus[256];               /* dedicated-cpu: host CPUs taken, as a cpuset list; "" if none */
};

/* Reads a record; -ENOENT when there is none (or it is of an earlier boot), -EBADMSG when it is damaged. */
int runstate_load(const struct root *root, const char *zone, struct runstate *ret);
int runstate_save(const struct root *root, const char *zone, const struct runstate *rs, struct error *err);
int runstate_remove(const struct root *root, const char *zone);

/* Is the process of the record there?  *ret_pidfd (may be NULL) gets a pidfd of it. */
bool runstate_alive(const struct runstate *rs, int *ret_pidfd);

/* Start time of a process in clock ticks; 0 if there is no such process. */
unsigned long long process_start(pid_t pid);

/* The state a zone is in: the record if it stands up to checking, else the index state given. */
enum zone_state runstate_current(const struct root *root, const char *zone, enum zone_state index_state,
                                 struct runstate *ret);

/* The next zone id; unique until the host reboots. */
int runstate_new_id(const struct root *root, unsigned *ret_id, struct error *err);

/* Names of all zones that have a record; a NULL-terminated vector, freed by the caller. */
int runstate_list(const struct root *root, char ***ret);
