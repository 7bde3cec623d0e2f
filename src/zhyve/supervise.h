/* Runs the engine as a child until it ends, and says how the guest ended. */
#pragma once

#include "base/error.h"
#include "base/strv.h"
#include "bhyve/bhyve.h"

struct supervised {
        int qmp;                   /* our end of the monitor */
        int engine_qmp;            /* the engine's end; closed here once it runs */
        const char *vnc_password;  /* NULL: none */
        bool cont_at_first_viewer; /* the guest was started paused for a viewer */
        bool kvm;
        unsigned cpus;            /* how many the machine has */
        const struct bconf *pins; /* vcpu.N.cpuset; NULL: none */
};

/* An enum bhyve_exit, or a negative errno if the engine could not be started. */
int supervise(const struct supervised *s, char *const *argv, struct error *err);
