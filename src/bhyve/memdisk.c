/* Disks in memory (nvme,ram=MiB): an anonymous file of a fixed size that goes when the machine goes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "bhyve/bhyve.h"

#define MEMDISK_MAX (1024 * 1024) /* MiB */

int bhyve_memory_disk_size(const char *path, uint64_t *ret_bytes)
{
        const char *colon = strrchr(path, ':'), *number = colon ? colon + 1 : path;
        uint64_t mib;

        if (!number_parse(number, MEMDISK_MAX, &mib) || mib == 0)
                return -EINVAL;
        *ret_bytes = mib * 1024 * 1024;
        return 0;
}

int bhyve_memory_disk(const char *path, struct error *err)
{
        _cleanup_close_ int fd = -1;
        uint64_t bytes;

        if (bhyve_memory_disk_size(path, &bytes) < 0)
                return error_set(err, EINVAL, "%s: not a disk in memory", path);
        fd = memfd_create(path, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0 ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
                return error_errno(err, errno, "%s: memory for a disk", path);
        return TAKE_FD(fd);
}
