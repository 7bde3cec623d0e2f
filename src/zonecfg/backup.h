/*
 * Files as they were before a conversion: /etc/zones/backup/ZONE.vN.xml, N being their version.  They go with
 * the zone: to its new name, and away when it is deleted.
 */
#pragma once

#include "base/error.h"
#include "base/root.h"

/* Keeps the text durably, in place of an older one of the same version. */
int backup_save(const struct root *root, const char *zone, int version, const char *text, size_t len,
                struct error *err);
/* Reads it back; -ENOENT when there is none. */
int backup_load(const struct root *root, const char *zone, int version, char **ret_text, size_t *ret_len);
/* Those of every version are another zone's from now on, in place of what it had. */
void backup_rename(const struct root *root, const char *from, const char *to);
/* Removes those of every version. */
void backup_forget(const struct root *root, const char *zone);
