/*
 * The TPM of a zone: swtpm(8), a process of its own in a jail of its own.  It has the zone's control groups
 * (what it takes counts against the zone's limits), but neither its uid nor its root: an engine that was
 * broken into reaches the keys in it by TPM commands and in no other way.
 *
 * Its state lies in ZONEPATH/tpm/state, outside of what the engine sees.  ZONEPATH/tpm is the jail's root and
 * holds nothing else but mount points.
 */
#pragma once

#include "platform/jail.h"

#define TPM_DIR     "tpm"
#define TPM_PROGRAM "/usr/bin/swtpm"

/* Is the program there?  -ENOENT with a text that names the package. */
int tpm_check(struct error *err);

struct tpm_spec {
        const char *jail;     /* name of the zone's jail, which exists */
        const char *zonepath; /* belongs to root alone */
        uid_t engine;         /* uid of the zone's engine */
        int log_fd;           /* swtpm's complaints */
};

/*
 * Starts it.  *ret_fd is the engine's end of the control channel; the process ends by itself when the last
 * copy of that is closed.
 */
int tpm_start(const struct tpm_spec *spec, struct jail *ret, int *ret_fd, struct error *err);
