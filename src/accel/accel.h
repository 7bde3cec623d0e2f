/*
 * Acceleration, proven and not assumed: /dev/kvm may exist and create VMs and yet hang a 64-bit guest.  The
 * probe runs a few 64-bit instructions in a throw-away VM, in a child process, under a deadline.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/root.h"

#define ACCEL_DEADLINE_MS                                                                                    \
        700 /* a working KVM answers within a few ms; a zone boot waits at most this long                    \
             */

struct accel {
        bool kvm;      /* the guest ran and gave the right answer */
        bool late;     /* when not: only because the time was up */
        char why[256]; /* when not: why, for people ("/dev/kvm: a 64-bit guest did not finish in 700 ms") */
};

/* Runs the probe now.  0, with the finding in *ret; negative only if no child could be made. */
int accel_probe(struct accel *ret, struct error *err);

/*
 * The same once per boot of the host: the finding is kept in /run/zones/accel (with the boot id and the
 * device numbers of /dev/kvm) and read from there.  A guest that was late is given one more chance the next
 * time, since a host that is busy or has just loaded the module is late too; after that it is a plain no.
 */
int accel_get(const struct root *root, struct accel *ret, struct error *err);
