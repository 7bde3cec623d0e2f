/*
 * The console of a zone as zlogin sees it: the stream socket NAME.console_sock of zoneadmd, the handshake on
 * it, and the pump between it and the terminal.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/root.h"
#include "zlogin/escape.h"

/*
 * Makes sure that a zoneadmd runs, connects to its console socket and introduces us.  Returns the
 * descriptor; -EBUSY when another client has the console (the text names its process id).
 */
int console_connect(const struct root *root, const char *zone, bool disconnect, struct error *err);

/* Carries bytes both ways until the user or the zone ends the session. */
int console_pump(int fd, struct escape *escape, struct error *err);
