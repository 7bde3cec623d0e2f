/* What the files of the links share and nobody else needs. */
#pragma once

#include "net/net.h"

/* Keeps whatever is in the control group (a directory of the unified hierarchy) from the host's loopback. */
int guard_loopback(int group);
