/* Decimal numbers in texts that people wrote, read to their end or not at all. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads the digits at *text and moves it behind them.  False, with *text where it was, when there are none,
 * when the number is larger than max, and when it has a sign, a blank or a needless zero in front: one number
 * has one spelling.
 */
bool number_take(const char **text, uint64_t max, uint64_t *ret);
/* The same for a text that is nothing but the number. */
bool number_parse(const char *text, uint64_t max, uint64_t *ret);
