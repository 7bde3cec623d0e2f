/* The root directory of a zone: directories that the brand's mounts and files go into, and nothing else. */
#pragma once

#include "base/error.h"
#include "base/zone.h"

/* Makes ZONEPATH/root and ZONEPATH/log; uuid may be "".  *ret_made: the root was not there before. */
int skeleton_make(int zonepath_fd, const char *uuid, bool *ret_made, struct error *err);
/* Removes both. */
int skeleton_remove(int zonepath_fd, struct error *err);
