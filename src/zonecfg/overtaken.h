/*
 * Of two commands that change a zone at the same time, the second to commit would undo what the first one
 * did.  So commit compares the zone's file with what the session has read.  A single command line is then run
 * once more, on what there is now and with the zone locked; everything else has to be decided by whoever
 * wrote it.
 */
#pragma once

#include "zonecfg/session.h"

/* The file of the zone, under the name that it is saved under; NULL if there is none. */
int overtaken_read(const struct session *s, char **ret_text, size_t *ret_len);
/* Takes over text, which may be NULL, as what the session knows of the file. */
void overtaken_saw(struct session *s, char *text, size_t len);
/* Is the file what the session knows of it?  -EAGAIN when it is not; the caller holds the lock. */
int overtaken_check(const struct session *s, struct error *err);

/* Remembers that this command was run. */
void overtaken_note(struct session *s, enum verb verb);
/* Forgets everything that the session did to zone, to do it again, if a commit has asked for that. */
bool overtaken_restart(struct session *s, const char *zone);
