/* See button.h. */
#include "button.h"

static bool press(struct button *b, int64_t now)
{
        b->pressed = true;
        b->at = now;
        b->wanted = false;
        return true;
}

bool button_signal(struct button *b, int64_t now)
{
        if (!b->ready) {
                b->wanted = true;
                return false;
        }
        return b->pressed && now - b->at < BUTTON_AGAIN_MS ? false : press(b, now);
}

bool button_ready(struct button *b, int64_t now)
{
        b->ready = true;
        return b->wanted ? press(b, now) : false;
}
