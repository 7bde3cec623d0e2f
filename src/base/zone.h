/* What every program knows about a zone: its name and its states (zones-tools.md 1.9 and 2.6). */
#pragma once

#include <stdbool.h>

#define ZONENAME_MAX 64 /* bytes with the NUL, as in illumos <sys/zone.h> */
#define UUID_TEXT    37 /* 36 characters and the NUL */

/* The numbers are those of libzonecfg: hooks receive them. */
enum zone_state {
        ZONE_CONFIGURED,
        ZONE_INCOMPLETE,
        ZONE_INSTALLED,
        ZONE_READY,
        ZONE_RUNNING,
        ZONE_SHUTTING_DOWN,
        ZONE_DOWN,
        ZONE_MOUNTED,
        ZONE_STATES,
};

/* Command numbers that statechange hooks receive (zones-tools.md 3.4 and 4.5). */
enum zone_command {
        ZONE_CMD_READY,
        ZONE_CMD_BOOT,
        ZONE_CMD_FORCEBOOT,
        ZONE_CMD_REBOOT,
        ZONE_CMD_HALT,
        ZONE_CMD_UNINSTALLING,
        ZONE_CMD_MOUNT,
        ZONE_CMD_FORCEMOUNT,
        ZONE_CMD_UNMOUNT,
        ZONE_CMD_SHUTDOWN,
};

/* "configured", "incomplete", "installed", "ready", "running", "shutting_down", "down", "mounted". */
const char *zone_state_name(enum zone_state state);
/* The reverse; -EINVAL for an unknown word. */
int zone_state_parse(const char *word);

/* [a-zA-Z0-9][-_.a-zA-Z0-9]{0,62}, and not "global". */
bool zone_name_valid(const char *name);
/* Begins with SUNW: read-only in zonecfg, refused by zoneadm. */
bool zone_name_reserved(const char *name);
/* The prefix by which a name is for no zone (SUNW, or that of templates: SYS, OMNI), or NULL. */
const char *zone_name_prefix(const char *name);

/* 36 characters, hexadecimal digits and hyphens in the right places. */
bool uuid_valid(const char *text);
/* A random (version 4) UUID. */
void uuid_make(char ret[UUID_TEXT]);
