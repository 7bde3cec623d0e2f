/* Standard output of a command: what could not be written must not pass for success. */
#pragma once

/*
 * To be called first in main().  When the program ends by exit() and something did not reach standard output,
 * says so and makes the status 1.  Also takes the place of standard descriptors that are closed, so that no
 * file opened later gets what was meant for one of them.
 */
void output_guard(const char *program);
