/*
 * The index, /etc/zones/index: a line "name:state:path:uuid" for each zone (zones-tools.md 2.5).  Comments
 * and unknown lines survive a rewrite.  Every update takes the lock /run/zones/index.lock, writes a new file
 * and renames it.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/root.h"
#include "base/zone.h"

struct index_entry {
        char name[ZONENAME_MAX];
        enum zone_state state; /* configured, incomplete or installed */
        char *path;            /* zonepath; "" if empty */
        char uuid[UUID_TEXT];  /* "" if none */
};

struct index {
        struct index_entry *entry; /* in file order, without global */
        size_t n;
};

/* Reads the index; an absent file is an empty index. */
int index_load(const struct root *root, struct index *ret, struct error *err);
void index_free(struct index *index);

/* One entry; -ENOENT: "No such zone configured".  Free with index_entry_clear. */
int index_lookup(const struct root *root, const char *name, struct index_entry *ret, struct error *err);
int index_lookup_uuid(const struct root *root, const char *uuid, struct index_entry *ret, struct error *err);
/* The first zone with this zonepath, or one in or above it, whose name is not in but (NULL-terminated);
 * -ENOENT if there is none. */
int index_lookup_overlap(const struct root *root, const char *path, const char *const *but,
                         struct index_entry *ret, struct error *err);
void index_entry_clear(struct index_entry *entry);

/* Adds an entry; -EEXIST if the name is there. */
int index_add(const struct root *root, const char *name, enum zone_state state, const char *path,
              const char *uuid, struct error *err);
/*
 * Changes an entry.  NULL or a negative state leaves that field alone.  UUID rules of zones-tools.md 2.5: any
 * state but configured has one (made if missing), configured has none.  new_name renames.
 */
int index_modify(const struct root *root, const char *name, int state, const char *path, const char *uuid,
                 const char *new_name, struct error *err);
/* Removes an entry; one that is not there is a success. */
int index_remove(const struct root *root, const char *name, struct error *err);
