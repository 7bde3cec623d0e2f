/* Readers of typed values, shared by the checks, the aliases and verify. */
#pragma once

#include <stdint.h>

#include "base/error.h"

/*
 * Any text: not too long, UTF-8, without control characters, which XML could not hold.  With lines, tabs and
 * line breaks are none: XML and JSON hold them, a script only the tab.
 */
int check_text(const char *name, const char *value, bool lines, struct error *err);
/* Digits only, to 64 bits; base 0 accepts 0x and 0.  -EINVAL, -ERANGE. */
int check_uint(const char *text, int base, uint64_t *ret);
/* N or N-M, at least 1.  -EINVAL, -ERANGE. */
int check_ncpus(const char *text, unsigned *ret_min, unsigned *ret_max);
/* "1.5" to 150, rounded, more than 0.  -EINVAL, -ERANGE. */
int check_decimal(const char *text, uint64_t *ret_hundredths);
/* "2:8:20:a:b:c" and "02:08:20:0a:0b:0c" alike. */
int check_mac(const char *text, unsigned char ret[6]);
/* Bus, slot, function.  -EINVAL, -ERANGE. */
int check_pci_slot(const char *text, unsigned ret[3]);
