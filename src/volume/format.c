/* Images that are not raw: what a guest would see as rubbish, and somebody has forgotten to convert. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "volume/volume.h"

const char *volume_foreign_format(int fd)
{
        static const struct {
                const char *name, *begins;
        } formats[] = {
            {"qcow2", "QFI\xfb"},
            {"VMDK", "KDMV"},
            {"VMDK", "# Disk D"},
            {"VHDX", "vhdxfile"},
        };
        char begin[8];
        ssize_t n = pread(fd, begin, sizeof(begin), 0);

        for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
                size_t len = strlen(formats[i].begins);

                if (n >= (ssize_t)len && memcmp(begin, formats[i].begins, len) == 0)
                        return formats[i].name;
        }
        return NULL;
}
