/* Where a program of a plain host may make a socket. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Is it a socket, and not a link to one? */
bool place_is_socket(const char *path);
/*
 * -EEXIST: there is something that is not a socket; -EADDRINUSE: somebody serves the one that is there.  What
 * whoever makes the socket takes away is then one that nobody serves, or nothing.
 */
int place_check(const char *path, struct error *err);
