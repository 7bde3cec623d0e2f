/*
 * Writing YAML, as much of it as cloud-init's documents need: nested keys, lists, and texts.  Every text is
 * written in double quotes, so that no word in it (on, 1.0, null, a leading bracket) can mean anything else.
 */
#pragma once

#include "base/strv.h"

struct yaml {
        struct strbuf text;
        bool not_utf8; /* a text could not be written */
};

/* "KEY:" and a line end, indented; what is in it follows with a larger indent. */
void yaml_open(struct yaml *y, unsigned indent, const char *key);
/* The same for a key that is a text of the user's. */
void yaml_open_text(struct yaml *y, unsigned indent, const char *key);
/* "KEY: WORD", for booleans and numbers. */
void yaml_word(struct yaml *y, unsigned indent, const char *key, const char *word);
/* 'KEY: "VALUE"'; in a list's item, key may begin with "- ". */
void yaml_text(struct yaml *y, unsigned indent, const char *key, const char *value);
/* '- "VALUE"' */
void yaml_item(struct yaml *y, unsigned indent, const char *value);
/* One item for each part of a text, without blanks around it and without empty ones. */
void yaml_items(struct yaml *y, unsigned indent, const char *values, const char *separators);
