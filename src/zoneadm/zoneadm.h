/*
 * What the verbs of zoneadm share: the zone that the command line names, what is known of it, and the shape
 * of messages.  A verb is a file; verbs.c holds the table of them.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/root.h"
#include "base/zone.h"
#include "brand/brand.h"
#include "config/config.h"
#include "config/index.h"
#include "runstate/runstate.h"

/* Exit codes (zones-tools.md 4.1). */
#define ZA_OK    0
#define ZA_ERROR 1
#define ZA_USAGE 2

struct zoneadm {
        struct root root;
        char cwd[PATH_MAX]; /* where the caller is, "" if nobody knows; our own directory is / */
        const char *zone;   /* NULL: none was named */
        bool is_global;
        bool indexed;             /* entry is set */
        struct index_entry entry; /* what the index says */
        enum zone_state state;    /* what is true now */
        struct runstate run;      /* only if state is ready or above */
};

/* Which state a verb wants its zone in; checks.c turns it into the messages of zones-tools.md 4.3. */
enum verb_wants {
        WANTS_NOTHING,    /* no zone at all */
        WANTS_ANY,        /* a zone, in whatever state */
        WANTS_VERIFIABLE, /* anything but incomplete */
        WANTS_CONFIGURED,
        WANTS_REMOVABLE, /* incomplete or installed, not active */
        WANTS_INSTALLED, /* installed or above */
        WANTS_HALTED,    /* installed and not above */
        WANTS_RUNNING,
};

struct verb {
        const char *name;
        const char *usage; /* after "zoneadm -z zone " */
        const char *help;
        enum verb_wants wants;
        bool privileged;
        /* argv[0] is the name; returns an exit code. */
        int (*run)(struct zoneadm *za, int argc, char *argv[]);
};

extern const struct verb verbs[];
extern const size_t n_verbs;
const struct verb *verb_find(const char *name);
/* That there is no such verb, and which one was probably meant. */
void complain_verb(const char *name);

int verb_boot(struct zoneadm *za, int argc, char *argv[]);
int verb_doctor(struct zoneadm *za, int argc, char *argv[]);
int verb_halt(struct zoneadm *za, int argc, char *argv[]);
int verb_help(struct zoneadm *za, int argc, char *argv[]);
int verb_install(struct zoneadm *za, int argc, char *argv[]);
int verb_list(struct zoneadm *za, int argc, char *argv[]);
int verb_mark(struct zoneadm *za, int argc, char *argv[]);
int verb_ready(struct zoneadm *za, int argc, char *argv[]);
int verb_reboot(struct zoneadm *za, int argc, char *argv[]);
int verb_shutdown(struct zoneadm *za, int argc, char *argv[]);
int verb_uninstall(struct zoneadm *za, int argc, char *argv[]);
int verb_verify(struct zoneadm *za, int argc, char *argv[]);

/* ---- messages (message.c) ---- */

/* "zoneadm: zone 'Z': TEXT" on standard error, without the middle part when no zone is named. */
void complain(const struct zoneadm *za, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The usage of one verb: on standard error; returns ZA_USAGE.  For "-?": on standard output. */
int usage_error(const char *verb);
int usage_wanted(const char *verb);
/*
 * The same for an option that getopt answered with '?' or ':' (value missing); word is the one it stood in.
 * What is wrong with it is said first.
 */
int usage_option(const struct zoneadm *za, const char *verb, const char *word, int answer);
/* The usage of the program. */
void usage_all(bool wanted);

/* ---- the zone (target.c, checks.c, lock.c) ---- */

/* Looks the zone up, by name or (if not NULL) by UUID; prints what is wrong.  Returns an exit code. */
int target_find(struct zoneadm *za, const char *name, const char *uuid);
/* Reads index and run-time state again: what was read before a lock was taken may be stale. */
int target_refresh(struct zoneadm *za);
void target_clear(struct zoneadm *za);

/* May this verb run on this zone now?  Prints why not.  locked: nobody else changes the state.  An exit code.
 */
int checks_run(const struct zoneadm *za, const struct verb *verb, bool locked);

/* The same after the zone's lock was taken and the zone looked up again; *ret_lock is the lock. */
int lock_and_check(struct zoneadm *za, const char *verb, int *ret_lock);
/* Waits until the zone has no zoneadmd and keeps new ones from starting.  Returns an exit code. */
int lock_out_daemon(const struct zoneadm *za, int *ret_lock);

/* Loads the zone's configuration and brand; prints what is wrong.  Returns an exit code. */
int target_load(const struct zoneadm *za, struct config **ret_cfg, struct brand **ret_brand);

/* Writes a state to the index; prints what is wrong.  Returns an exit code. */
int target_set_state(const struct zoneadm *za, enum zone_state state);

/* ---- the brand (hooks.c) ---- */

/* Runs a hook; prints why it could not be run.  Returns its exit status. */
int hook_run(const struct zoneadm *za, const struct brand *brand, enum brand_text hook, const char *zonepath,
             const char *const *args);
/* Asks the verify_adm hook about a verb and its arguments (argv[0] is the verb).  Returns an exit code. */
int brand_permits(const struct zoneadm *za, const struct brand *brand, char *argv[]);

/* ---- the daemon (daemon.c) ---- */

struct json_t;

/* Joins boot arguments with blanks; prints what is wrong.  NULL in *ret if there are none. */
int boot_arguments(const struct zoneadm *za, char *argv[], char **ret);

/*
 * Calls a method of the zone's zoneadmd, which is started if need be, and prints what it says.  parameters
 * (may be NULL) is taken over.  Returns an exit code.
 */
int daemon_call(const struct zoneadm *za, const char *verb, const char *method, struct json_t *parameters);
/* Lets a running zoneadmd of the zone go away before an uninstall; none running is a success. */
int daemon_dismiss(const struct zoneadm *za);
/* Is there a zoneadmd, or something that one must clean up? */
bool daemon_needed(const struct zoneadm *za);

/* Brand and verification, before a zone starts; a zone that runs already is the daemon's to answer for. */
int start_permitted(const struct zoneadm *za, char *argv[]);
/* The parameters of Boot and Reboot. */
struct json_t *start_parameters(const char *args, bool force);

/* ---- verification (verify*.c) ---- */

struct machine_use;

enum verify_purpose {
        VERIFY_ONLY,    /* changes nothing; a missing zonepath is a warning */
        VERIFY_INSTALL, /* readable zonepaths are made private; a missing one will be made */
        VERIFY_START,   /* for ready and boot */
};

/* All checks of zones-tools.md 4.3, all problems printed.  Returns an exit code. */
/* What the brand finds in the configuration; its notices are printed. */
int verify_brand(const struct zoneadm *za, const struct brand *brand, struct problems *problems);
int verify_zone(const struct zoneadm *za, const struct brand *brand, const struct config *cfg,
                const char *verb, enum verify_purpose purpose);

/* The parts of it; each adds to problems. */
int verify_zonepath(const struct zoneadm *za, const struct config *cfg, const char *verb,
                    enum verify_purpose purpose, struct problems *problems);
int verify_hardware(const struct zoneadm *za, const struct config *cfg, struct problems *problems);
/* Warnings are printed at once. */
int verify_resources(const struct zoneadm *za, const struct config *cfg, struct problems *problems);
/* uses: everything that the machine opens, this directory too. */
int verify_share(const struct zoneadm *za, const struct config *cfg, const struct machine_use *use,
                 const struct machine_use *uses, size_t n_uses, struct problems *problems);
/* Says and lets pass that the zone's own root lacks something, which is there at the earliest after install.
 */
bool comes_later(const struct zoneadm *za, const struct machine_use *use, const struct error *err);
/* The zone's own root; -1: a zone that is not installed has none yet, and so no file in it. */
int open_zone_root(const struct zoneadm *za, const struct config *cfg);

/* ---- removal (remove.c) ---- */

/* Removes what an installation put below the zonepath, then the zonepath if it is empty. */
int remove_installation(const struct zoneadm *za, const char *zonepath, struct error *err);
/* Prints the file systems that are mounted below the zonepath; -EBUSY if there are any. */
int remove_check_mounts(const struct zoneadm *za, const char *zonepath);
