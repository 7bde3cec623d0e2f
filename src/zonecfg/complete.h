/*
 * Completion: what can stand where the cursor is.  It knows the language and the zone, and nothing of
 * terminals, so that the line editor and the shells' completion share it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"
#include "zonecfg/session.h"

struct completion {
        size_t start; /* where the word to complete begins in the text, after the quote that it may have */
        bool files;   /* file names fit as well */
        struct strv word; /* whole words; those of properties end in '=' where a value follows */
};

/*
 * Completes text, whose end is the cursor.  Resource scopes opened and closed within the text are followed.
 * Release with strv_free(&ret->word).
 */
void complete(struct session *s, const char *text, size_t len, struct completion *ret);

/* Can the value be written as it is, without quotes? */
bool completion_bare(const char *value);
