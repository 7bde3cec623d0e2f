/* The verbs of zonecfg: what each is called, where it makes sense, how it is used, and what runs it. */
#pragma once

#include "zonecfg/session.h"

enum verb_scope {
        SCOPE_BOTH,
        SCOPE_GLOBAL,
        SCOPE_RESOURCE,
};

struct verb_def {
        int (*run)(struct session *s, const struct command *cmd);
        enum verb_scope scope;
        bool file_access; /* reads or writes more than the configuration in memory: not in MODE_CONFINED */
        const char *usage;
        const char *help; /* a few lines */
};

const struct verb_def *verb_def(enum verb verb);

int verb_add(struct session *s, const struct command *cmd);
int verb_cancel(struct session *s, const struct command *cmd);
int verb_clear(struct session *s, const struct command *cmd);
int verb_commit(struct session *s, const struct command *cmd);
int verb_create(struct session *s, const struct command *cmd);
int verb_delete(struct session *s, const struct command *cmd);
int verb_diff(struct session *s, const struct command *cmd);
int verb_edit(struct session *s, const struct command *cmd);
int verb_end(struct session *s, const struct command *cmd);
int verb_exit(struct session *s, const struct command *cmd);
int verb_export(struct session *s, const struct command *cmd);
int verb_help(struct session *s, const struct command *cmd);
int verb_import(struct session *s, const struct command *cmd);
int verb_info(struct session *s, const struct command *cmd);
int verb_remove(struct session *s, const struct command *cmd);
int verb_revert(struct session *s, const struct command *cmd);
int verb_select(struct session *s, const struct command *cmd);
int verb_set(struct session *s, const struct command *cmd);
int verb_verify(struct session *s, const struct command *cmd);

/* ---- shared between verbs ---------------------------------------------------------------------------- */

/*
 * Options at the front of a command, each a letter: flags without and valued ("tab" in "F:tab" style is
 * "Fb" and "ta") with an argument.  Words after the options start at *ret_first.
 */
struct options {
        bool flag[128];
        const char *value[128];
        bool json; /* --json */
        size_t first;
};

/* spec as for getopt(3), without +; -EINVAL when there is something else (nothing is printed). */
int options_parse(const struct command *cmd, const char *spec, struct options *ret);

/* "WORD: No such resource type", with the one that was probably meant; -EINVAL. */
int no_such_resource(struct session *s, const char *word);
int no_such_property(struct session *s, const struct resource_def *def, const char *word);
/* The resource type of that name, or no_such_resource(). */
int resource_named_by(struct session *s, const char *word, const struct resource_def **ret);
/* Is every argument from first on a property=simple pair?  Fills match (room for COMMAND_PAIRS_MAX). */
int pairs_parse(struct session *s, const struct command *cmd, const struct resource_def *def, size_t first,
                struct member *match, size_t *ret_n);

/* Adds a value, simple, complex or a list of these, to a list property of the resource being edited. */
int value_add(struct session *s, const struct property_def *def, const struct value *value);
/* "A simple value was expected here." and its kin. */
int value_kind_error(struct session *s, const struct property_def *def);

/* commit.c.  Checks everything; prints all problems. */
int commit_verify(struct session *s);
/* Compares with all other zones, which takes the longer the more there are; prints all conflicts. */
int commit_compare(struct session *s);
/* Saves the configuration and the index; the old state stays when it fails. */
int commit_save(struct session *s);
/* Verify, then save, then make it the new baseline. */
int commit_all(struct session *s);
/* Removes the zone from the index and its file, if it is still in the state seen. */
int commit_delete(struct session *s, enum zone_state seen);

/* Is a value the one that cfg has, in whatever spelling the file may have it? */
bool same_global(const struct config *cfg, const char *prop, const char *value);
/* May cfg take the place of the zone's configuration?  An installed zone keeps its brand and zonepath. */
int config_replaceable(struct session *s, const struct config *cfg);

/* What remains to be done when the commands are over: commits, or says why not. */
int session_finish(struct session *s, bool force);

/* diff.c: the lines that differ, with - and + in front; "" if none.  NULL when out of memory. */
char *diff_lines(const char *from, const char *to);
