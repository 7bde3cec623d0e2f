/*
 * Which firmware of this host stands for which of bhyve's, and the serial number that a disk has when none is
 * given: both are texts that guests and scripts remember, so they are the same on every host.
 */
#include <md5.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"

#define OVMF_CODE "/usr/share/OVMF/OVMF_CODE_4M.fd"
#define OVMF_VARS "/usr/share/OVMF/OVMF_VARS_4M.fd"

static const struct {
        const char *name; /* last part of the path */
        bool uefi;
} known[] = {
    {"BHYVE.fd", true},           {"BHYVE_CSM.fd", false},
    {"BHYVE_DEBUG.fd", true},     {"BHYVE_DEBUG_CSM.fd", false},
    {"BHYVE_RELEASE.fd", true},   {"BHYVE_RELEASE_CSM.fd", false},
    {"BHYVE_UEFI.fd", true},      {"BHYVE_UEFI_CODE.fd", true},
    {"BHYVE_UEFI_CSM.fd", false}, {"uefi-csm-rom.bin", false},
    {"uefi-rom.bin", true},
};

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* 1 UEFI, 0 CSM, -1 not one of bhyve's names. */
static int lookup(const char *bootrom)
{
        const char *name = base_name(bootrom);

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcmp(known[i].name, name) == 0)
                        return known[i].uefi;
        return -1;
}

bool bhyve_firmware_is_uefi(const char *bootrom)
{
        int found;

        if (!bootrom)
                return false;
        found = lookup(bootrom);
        return found >= 0 ? found : !strstr(base_name(bootrom), "_CSM");
}

const char *bhyve_firmware_code(const char *bootrom)
{
        if (!bhyve_firmware_is_uefi(bootrom))
                return NULL;
        return lookup(bootrom) == 1 ? OVMF_CODE : bootrom;
}

const char *bhyve_firmware_vars(const char *bootrom)
{
        static const char code[] = "_CODE";
        static char vars[4096];
        const char *at;

        if (!bhyve_firmware_is_uefi(bootrom))
                return NULL;
        if (lookup(bootrom) == 1)
                return OVMF_VARS;
        /* Distributions ship NAME_CODE*.fd with a NAME_VARS*.fd of the same kind next to it. */
        at = strstr(base_name(bootrom), code);
        if (!at || strlen(bootrom) >= sizeof(vars))
                return NULL;
        snprintf(vars, sizeof(vars), "%.*s_VARS%s", (int)(at - bootrom), bootrom, at + sizeof(code) - 1);
        return vars;
}

void bhyve_disk_serial(const char *path, char ret[DISK_SERIAL_MAX])
{
        uint8_t d[MD5_DIGEST_LENGTH];
        MD5_CTX ctx;

        MD5Init(&ctx);
        MD5Update(&ctx, (const uint8_t *)path, strlen(path));
        MD5Final(d, &ctx);
        snprintf(ret, DISK_SERIAL_MAX, "BHYVE-%02X%02X-%02X%02X-%02X%02X", d[0], d[1], d[2], d[3], d[4],
                 d[5]);
}
