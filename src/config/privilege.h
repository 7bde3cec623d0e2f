/* The names of privileges(7), for limitpriv. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The name that len bytes of text stand for, in small letters and without the prefix priv_: a privilege of
 * illumos, or a word for several of them.  NULL: there is none of that name.
 */
const char *privilege_find(const char *text, size_t len);
/* Does a word, as privilege_find() has it, stand for this privilege, alone or among others? */
bool privilege_includes(const char *word, const char *privilege);
