/* What boot -t prints: for each brand the command line that its people know. */
#pragma once

#include "described.h"

/* Adds what is to be shown, one line each. */
int show_arguments(const struct described *z, const struct config *cfg, const struct machine *m,
                   struct strv *ret, struct error *err);
