/* Addresses of nets as numbers, so that two ways to write one are one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct address {
        int family;
        unsigned char byte[16];
        unsigned bits; /* of the prefix; all of them when none is said */
};

/* ADDRESS[/BITS], with blanks around it, from the first n bytes.  -EINVAL for anything else, host names too.
 */
int address_parse(const char *text, size_t n, struct address *ret);
/* The same for the next item of a list with commas, which *p is moved behind.  *p must not be at the end. */
int address_next(const char **p, struct address *ret);
/* Does the one lie in the prefix of the other? */
bool address_in(const struct address *one, const struct address *prefix);
/* fe80::/10: every link has its own. */
bool address_is_link_local(const struct address *one);
