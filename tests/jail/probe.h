/* Between the files of the probe. */
#pragma once

#include <stdbool.h>

/* Each attempt returns 0 when it got through, else the errno that stopped it. */
struct attempt {
        const char *name;
        int (*attempt)(void);
        bool harmless; /* outside of a jail, too */
};

/* Numbers that the launcher gives to a disk, a shared directory, and one that is only to be read. */
#define DISK_NUMBER     10
#define SHARE_NUMBER    20
#define SHARE_RO_NUMBER 21

/* Each list ends with one without a name. */
extern const struct attempt DISK_ATTEMPTS[];  /* probe_disk.c */
extern const struct attempt SHARE_ATTEMPTS[]; /* probe_share.c */
