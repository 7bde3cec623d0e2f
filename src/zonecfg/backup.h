/*
 * Files as they were before a conversion: /etc/zones/backup/ZONE.vN.xml, N being their version.  They go with
 * the zone: a zone that is deleted or renamed has none.
 */
#pragma once

#include "base/error.h"
#include "base/root.h"

/* Keeps the text durably, in place of an older one of the same version. */
int backup_save(const struct root *root, const char *zone, int version, const char *text, size_t len,
                struct error *err);
/* Reads it back; -ENOENT when there is none. */
int backup_load(const struct root *root, const char *zone, int version, char **ret_text, size_t *ret_len);
/* Removes those of every version. */
void backup_forget(const struct root *root, const char *zone);
