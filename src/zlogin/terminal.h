/*
 * The user's terminal: raw while a console is attached, and given back as it was on every way out, signals
 * included.  When standard input is no terminal, everything here does nothing and succeeds.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"
#include "zlogin/escape.h"

/* Remembers the terminal of standard input and takes its special characters over into e. */
int terminal_open(struct escape *e, struct error *err);

/* Raw mode on and off again; either may be called twice. */
int terminal_raw(struct error *err);
void terminal_restore(void);

/*
 * Signals that would end or stop the program are blocked and only seen in terminal_poll_mask(), so that the
 * terminal can be restored first.  terminal_signal() says which one came (0: none).
 */
void terminal_catch_signals(void);
const sigset_t *terminal_poll_mask(void);
int terminal_signal(void);

/* Does what the signal was meant to do: stops and comes back in raw mode, or does not come back. */
void terminal_deliver(int sig);
