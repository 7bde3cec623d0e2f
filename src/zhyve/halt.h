/*
 * Has the guest ended by halting?  For bhyve a guest is over when all its processors halt with interrupts
 * off; the engine goes on.  So an engine that has used no processor time for a while is asked what its
 * processors do, one question at a time: the first processor, and the others only while those before them
 * halt for good.  A guest that merely idles is asked less and less often, for to answer, a processor has to
 * be stopped.
 */
#pragma once

#include <stdbool.h>

struct halt {
        unsigned cpus;   /* how many the machine has */
        unsigned cpu;    /* the one that is asked about */
        bool asked;      /* there is a question without an answer */
        unsigned halted; /* rounds in a row in which all of them halted */
        unsigned pause;  /* looks to let pass before the next round.. */
        unsigned passed; /* ..and those that have passed */
};

#define HALT_NOBODY (-1) /* no processor to ask about */

/* Time for a look; idle: the engine has used no processor time since the last one.  The processor to ask
 * about. */
int halt_look(struct halt *h, bool idle);
/* The engine's text about the processor, or NULL: it had no answer.  The next processor to ask about. */
int halt_answer(struct halt *h, const char *registers);
/* The guest has ended. */
bool halt_is_final(const struct halt *h);
