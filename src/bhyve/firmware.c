/*
 * Which firmware of this host stands for which of bhyve's, by its name alone: the one place that knows.
 */
#include <errno.h>
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
    {"uefi-csi-rom.bin", false}, /* as RFD 121 spells the suggested value */
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

bool bhyve_firmware_is_known(const char *bootrom)
{
        return lookup(bootrom) >= 0;
}

/* BIOS is the engine's own: a file that says in its name to be one would be left unused. */
static bool says_csm(const char *bootrom)
{
        static const char *const marks[] = {"_CSM", "-csm", "-csi"};

        for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
                if (strcasestr(base_name(bootrom), marks[i]))
                        return true;
        return false;
}

int bhyve_firmware_check(const char *bootrom, struct error *err)
{
        if (!bootrom || bhyve_firmware_is_known(bootrom) || !says_csm(bootrom))
                return 0;
        return error_set(err, ENOTSUP,
                         "bootrom %s: the BIOS is the engine's own and cannot be a file (BHYVE_CSM stands "
                         "for it); a file is UEFI firmware, without CSM in its name",
                         bootrom);
}

bool bhyve_firmware_is_uefi(const char *bootrom)
{
        return bootrom && lookup(bootrom) != 0;
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
