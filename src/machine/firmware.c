/*
 * Names of firmware.  bhyve's own firmware files do not exist on Linux: the engine has the same firmware
 * under other names, and the front end knows which (bhyve/firmware.c). Any other name must be a file.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"
#include "machine/builder.h"

#define FIRMWARE_DIR "/usr/share/bhyve/firmware"
#define BHYVE_DIR    "/usr/share/bhyve"

/* Other words for the same firmware: OmniOS before r151035, and SmartOS. */
static const char *const other_names[][2] = {
    {"BHYVE_DEBUG-2.70", "BHYVE_DEBUG"},         {"BHYVE_RELEASE-2.70", "BHYVE_RELEASE"},
    {"BHYVE_DEBUG_CSM-2.40", "BHYVE_DEBUG_CSM"}, {"BHYVE_RELEASE_CSM-2.40", "BHYVE_RELEASE_CSM"},
    {"bios", BHYVE_DIR "/uefi-csm-rom.bin"},     {"uefi", BHYVE_DIR "/uefi-rom.bin"},
};

static bool ends_with(const char *text, const char *end)
{
        size_t n = strlen(text), k = strlen(end);

        return n >= k && strcmp(text + n - k, end) == 0;
}

const char *firmware_path(struct builder *b, const char *where, const char *name)
{
        const char *path = name;
        struct error err = {0};
        struct stat st;

        for (size_t i = 0; i < ARRAY_SIZE(other_names); i++)
                if (strcmp(name, other_names[i][0]) == 0)
                        path = other_names[i][1];
        if (path[0] != '/') {
                const char *fd = ends_with(path, ".fd") || ends_with(path, ".bin") ? "" : ".fd";

                path = keepf(b, FIRMWARE_DIR "/%s%s", path, fd);
        }
        if (bhyve_firmware_check(path, &err) < 0) {
                problem(b, "%s: %s", where, err.text);
                return NULL;
        }
        if (bhyve_firmware_is_known(path) && !strchr(path, ','))
                return path;
        if (strchr(path, ',') || access(path, R_OK) != 0 || stat(path, &st) < 0) {
                problem(b, "%s: bootrom %s not found.", where, name);
                return NULL;
        }
        if (machine_check_flash(&st, "firmware is", &err) < 0) {
                problem(b, "%s %s: %s", ends_with(where, "bootrom") ? where : "lpc bootrom", path, err.text);
                return NULL;
        }
        return path;
}
