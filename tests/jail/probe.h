/* Between the files of the probe. */
#pragma once

#include <stdbool.h>

/* Each attempt returns 0 when it got through, else the errno that stopped it. */
struct attempt {
        const char *name;
        int (*attempt)(void);
        bool harmless; /* outside of a jail, too */
};

/* Numbers that the launcher gives to a shared directory, and to one that is only to be read. */
#define SHARE_NUMBER    20
#define SHARE_RO_NUMBER 21

extern const struct attempt SHARE_ATTEMPTS[]; /* up to one without a name (probe_share.c) */
