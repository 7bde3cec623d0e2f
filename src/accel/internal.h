/* Between the probe's two halves: what runs in the child, and what watches it. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

/* Shared with the child, which may be killed at any moment. */
struct probe_report {
        _Atomic char step;     /* letter of the last step the guest took; 0: none */
        _Atomic bool finished; /* ok and why are valid */
        bool ok;
        char why[200];
};

/* Runs the guest; only returns when it is over, one way or the other. */
void accel_run_guest(struct probe_report *report);

/* What comes after the step with this letter, in words: where a guest that stopped has stopped. */
const char *accel_next_step(char step);
