/*
 * A brand: /usr/lib/brand/NAME/config.xml (hooks, privileges, which resources and properties exist) and
 * platform.xml (mounts, devices, links), as in zones-tools.md section 3.  Adding a brand is adding a folder.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/root.h"

/* The text elements of config.xml; the order is that of the brand DTD. */
enum brand_text {
        BRAND_MODNAME,
        BRAND_INITNAME,
        BRAND_RESTARTINIT,
        BRAND_LOGIN_CMD,
        BRAND_FORCEDLOGIN_CMD,
        BRAND_USER_CMD,
        BRAND_INSTALL,
        BRAND_INSTALLOPTS,
        BRAND_BOOT,
        BRAND_SYSBOOT,
        BRAND_HALT,
        BRAND_SHUTDOWN,
        BRAND_VERIFY_CFG,
        BRAND_VERIFY_ADM,
        BRAND_POSTATTACH,
        BRAND_POSTCLONE,
        BRAND_POSTINSTALL,
        BRAND_PREDETACH,
        BRAND_ATTACH,
        BRAND_DETACH,
        BRAND_CLONE,
        BRAND_PRESNAP,
        BRAND_POSTSNAP,
        BRAND_VALIDATESNAP,
        BRAND_PREUNINSTALL,
        BRAND_UNINSTALL,
        BRAND_PRESTATECHANGE,
        BRAND_POSTSTATECHANGE,
        BRAND_QUERY,
        BRAND_TEXTS,
};

struct brand_mount {
        char *special; /* as written, %R and %z not yet expanded */
        char *directory;
        char *opt;
        char *type;
};

struct brand_device {
        char *match; /* glob below /dev, %z not yet expanded */
        char *name;  /* name inside the zone, "" for the same */
};

struct brand_symlink {
        char *source; /* what the link says */
        char *target; /* where the link is made, below /dev */
};

/* RFD 122: a resource that the brand enables, and its properties. */
struct brand_property {
        char *name;
        bool enabled;
        char *fixed_value; /* NULL if not fixed */
        char *reason;      /* why it is refused, for the message; NULL if the brand gives none */
};

struct brand_resource {
        char *name; /* "zone" for the global scope */
        bool enabled;
        char *reason;
        struct brand_property *prop;
        size_t n_prop;
};

/* What a process of the zone can do; facts for limitpriv and for people, enforced by the jail. */
struct brand_privilege {
        char *set;     /* "default", "prohibited" or "required" */
        char *name;    /* "net_rawaccess" */
        char *ip_type; /* "shared", "exclusive" or "all" */
};

struct brand {
        char *name;
        char *text[BRAND_TEXTS]; /* NULL if absent or empty */
        struct brand_resource *res;
        size_t n_res; /* 0: the brand does not say (RFD 122 opt-in): everything classic is enabled */
        bool allow_exclusive_ip;
        struct brand_mount *global_mount, *mount;
        size_t n_global_mount, n_mount;
        struct brand_device *device;
        size_t n_device;
        struct brand_privilege *privilege;
        size_t n_privilege;
        struct brand_symlink *symlink;
        size_t n_symlink;
};

/* Loads and checks both files, below root or else below /.  -ENOENT: no such brand. */
int brand_load(const struct root *root, const char *name, struct brand **ret, struct error *err);
void brand_free(struct brand *brand);
void brand_freep(struct brand **brand);

/* Names of all brand folders that load, sorted; ret is a NULL-terminated vector the caller frees. */
int brand_list(const struct root *root, char ***ret, struct error *err);

/* Is the resource (and property, unless NULL) available?  ret_reason (may be NULL) gets the brand's words. */
bool brand_allows(const struct brand *brand, const char *resource, const char *prop, const char **ret_reason);
/* Does a zone of this brand run one virtual machine and nothing else?  It does if its init is zhyve. */
bool brand_is_machine(const struct brand *brand);
/* The fixed value of a property, or NULL. */
const char *brand_fixed(const struct brand *brand, const char *resource, const char *prop);

/* %z zone name, %R zonepath, %u user, %Z "global", %% percent; others vanish.  The caller frees the text. */
char *brand_expand(const char *text, const char *zone, const char *zonepath, const char *user);

/* Exit codes of hooks (zones-tools.md 3.3). */
#define BRAND_OK              0
#define BRAND_EXIT_USAGE      253
#define BRAND_EXIT_INCOMPLETE 254
#define BRAND_EXIT_FATAL      255

struct brand_run {
        const char *zone;
        const char *zonepath;
        const char *const *args; /* appended, each one argument, NULL-terminated; may be NULL */
        const char *const *env;  /* "NAME=value" added to the environment, NULL-terminated; may be NULL */
        char **ret_output;       /* if set: what the hook printed (both streams, at most 64 KiB) */
        int *ret_signal;         /* if set: the signal that ended the hook, 0 for none */
        int timeout_ms;          /* < 0: none */
};

/*
 * Runs a hook, by way of "exec CMD ARGS" in a shell if its text has more than words in it, with its program
 * looked for below root first (root_program).  Returns the exit status (255 when killed by a signal), 0 if
 * the brand has no such hook, or a negative errno if it could not be run.
 */
int brand_run_hook(const struct root *root, const struct brand *brand, enum brand_text hook,
                   const struct brand_run *run, struct error *err);
/* How a hook ended, for messages: "verify_cfg ended with 1", "verify_cfg was ended by SIGSEGV". */
int brand_hook_failed(struct error *err, const char *hook, int status, int number);
