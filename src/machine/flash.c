/*
 * Whether a file can be a flash of the machine.  Of one that cannot, the engine says nothing that names it.
 */
#include "machine/flash.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "machine/machine.h"

int machine_check_flash(const struct stat *st, const char *what, struct error *err)
{
        char found[48] = "not a regular file";

        if (S_ISDIR(st->st_mode))
                snprintf(found, sizeof(found), "a directory");
        else if (S_ISREG(st->st_mode) && st->st_size == 0)
                snprintf(found, sizeof(found), "empty");
        else if (S_ISREG(st->st_mode) && (st->st_size % FLASH_SECTOR || st->st_size > FLASH_MAX))
                snprintf(found, sizeof(found), "%lld bytes", (long long)st->st_size);
        else if (S_ISREG(st->st_mode))
                return 0;
        return error_set(err, EINVAL, "%s; %s a file of a multiple of %d bytes, at most %d", found, what,
                         FLASH_SECTOR, FLASH_MAX);
}
