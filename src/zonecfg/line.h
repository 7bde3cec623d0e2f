/* The line editor of the interactive mode: editing, history kept for each user, completion with Tab. */
#pragma once

#include "zonecfg/session.h"

/* Reads and runs commands from the terminal until the session is over. */
void line_loop(struct session *s);
