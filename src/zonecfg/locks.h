/* The locks of a commit; see locks.c.  Descriptors, -1 where a lock is not held. */
#pragma once

#include "zonecfg/session.h"

struct locks {
        char zone[ZONENAME_MAX]; /* the name that the zone is saved under */
        int zonecfg[2];          /* of that name, and of the one that it gets */
        int zoneadm, zoneadmd;
};
#define LOCKS_NONE ((struct locks){.zonecfg = {-1, -1}, .zoneadm = -1, .zoneadmd = -1})

/* The name that the zone has in the store; that of the session while it is in none. */
const char *saved_name(const struct session *s);

/*
 * Fills l and keeps other zonecfg off the zone; waits for them up to 30 s, then -EBUSY.  The session's own
 * lock, of a command that is run again, goes over to l.
 */
int locks_take(struct session *s, struct locks *l, struct error *err);
/* Keeps zoneadm and zoneadmd off the saved name too; -EBUSY when one of them is at work.  After locks_take().
 */
int locks_take_ground(struct session *s, struct locks *l, struct error *err);
/* Lets go of everything; gone: the saved name is no zone's any more, and the files of its locks go with it.
 */
void locks_leave(struct session *s, struct locks *l, bool gone);
