/* Shared by info and export. */
#pragma once

#include "base/strv.h"
#include "config/config.h"

/* (name=netif,value="virtio") or (priv=privileged,limit=10,action=deny). */
void print_tuple(struct strbuf *b, const struct property_def *def, const struct complex *value);
/* The value, in double quotes when one of the characters in special (or nothing) is in it. */
void print_word(struct strbuf *b, const char *value, const char *special);
