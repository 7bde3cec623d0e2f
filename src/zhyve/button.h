/*
 * The power button.  A signal may come before the engine takes commands, and is kept until then.  A guest
 * that is still in its firmware sees no button, so a later signal presses again; one that follows at once
 * does not, for in some guests the second press takes the first one back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct button {
        bool ready;   /* the engine takes commands */
        bool wanted;  /* a signal came before that */
        bool pressed; /* at least once.. */
        int64_t at;   /* ..the last time then, in milliseconds */
};

#define BUTTON_AGAIN_MS 3000

/* Both: is it to be pressed now? */
bool button_signal(struct button *b, int64_t now);
bool button_ready(struct button *b, int64_t now);
