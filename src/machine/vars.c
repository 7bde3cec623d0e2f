/*
 * Whether the variables that a machine's firmware has kept can be its flash.  The guest writes into that file
 * and people copy it about, and of a file of the wrong size the engine says nothing that names the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "bhyve/bhyve.h"
#include "machine/flash.h"
#include "machine/machine.h"

/* A template of the firmware says how large its store is; of a firmware without one, only the engine's limits
 * are known. */
static int check_size(const struct machine *m, off_t size, struct error *err)
{
        const char *template = bhyve_firmware_vars(m->bootrom), *code = bhyve_firmware_code(m->bootrom);
        struct stat st;

        if (template && stat(template, &st) == 0)
                return size == st.st_size
                           ? 0
                           : error_set(err, EINVAL,
                                       "%s/root%s: %lld bytes, but the firmware's variable "
                                       "store has %lld; remove the file, and the next boot "
                                       "makes a new one",
                                       m->zonepath, MACHINE_UEFIVARS, (long long)size, (long long)st.st_size);
        if (size > 0 && size % FLASH_SECTOR == 0 &&
            (!code || stat(code, &st) < 0 || size <= FLASH_MAX - st.st_size))
                return 0;
        return error_set(
            err, EINVAL,
            "%s/root%s: %lld bytes, but a variable store has a multiple of %d, with its firmware at "
            "most %d; remove the file, and the next boot makes a new one",
            m->zonepath, MACHINE_UEFIVARS, (long long)size, FLASH_SECTOR, FLASH_MAX);
}

int machine_check_vars(const struct machine *m, int zone_root, struct error *err)
{
        _cleanup_close_ int fd = -1;
        struct stat st;

        if (!m->uefi || zone_root < 0)
                return 0;
        fd = fs_open_in_root(zone_root, MACHINE_UEFIVARS, O_PATH | O_NOFOLLOW, 0);
        if (fd == -ENOENT)
                return 0;
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_errno(err, fd < 0 ? fd : errno, "%s in the zone", MACHINE_UEFIVARS);
        if (!S_ISREG(st.st_mode))
                return error_set(err, EINVAL, "%s in the zone: not a regular file", MACHINE_UEFIVARS);
        return check_size(m, st.st_size, err);
}
