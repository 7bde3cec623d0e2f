/*
 * The processors that the engine knows by name, from `qemu-system-x86_64 -cpu help` of QEMU 7.2.  Other
 * engines know more or fewer, so a name that is not here is doubted, and nothing is refused for it.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/engine.h"

#define CLASS_END "-x86_64-cpu" /* how the engine's own classes end, which it takes too */

/* Each of them also with a version behind it: qemu64-v1. */
static const char *const models[] = {
    "486",
    "athlon",
    "base",
    "Broadwell",
    "Broadwell-IBRS",
    "Broadwell-noTSX",
    "Broadwell-noTSX-IBRS",
    "Cascadelake-Server",
    "Cascadelake-Server-noTSX",
    "Conroe",
    "Cooperlake",
    "core2duo",
    "coreduo",
    "Denverton",
    "Dhyana",
    "EPYC",
    "EPYC-IBPB",
    "EPYC-Milan",
    "EPYC-Rome",
    "Haswell",
    "Haswell-IBRS",
    "Haswell-noTSX",
    "Haswell-noTSX-IBRS",
    "host",
    "Icelake-Server",
    "Icelake-Server-noTSX",
    "IvyBridge",
    "IvyBridge-IBRS",
    "KnightsMill",
    "kvm32",
    "kvm64",
    "max",
    "n270",
    "Nehalem",
    "Nehalem-IBRS",
    "Opteron_G1",
    "Opteron_G2",
    "Opteron_G3",
    "Opteron_G4",
    "Opteron_G5",
    "Penryn",
    "pentium",
    "pentium2",
    "pentium3",
    "phenom",
    "qemu32",
    "qemu64",
    "SandyBridge",
    "SandyBridge-IBRS",
    "Skylake-Client",
    "Skylake-Client-IBRS",
    "Skylake-Client-noTSX-IBRS",
    "Skylake-Server",
    "Skylake-Server-IBRS",
    "Skylake-Server-noTSX-IBRS",
    "Snowridge",
    "Westmere",
    "Westmere-IBRS",
};

/* Without what may stand behind the name of a model: its features, the end of a class, a version. */
static size_t name_length(const char *cpu)
{
        size_t len = strcspn(cpu, ","), end = strlen(CLASS_END), n;

        if (len > end && strncmp(cpu + len - end, CLASS_END, end) == 0)
                len -= end;
        n = len;
        while (n > 0 && isdigit((unsigned char)cpu[n - 1]))
                n--;
        return n < len && n > 2 && strncmp(cpu + n - 2, "-v", 2) == 0 ? n - 2 : len;
}

void doubt_cpu_model(struct build *b, const char *cpu)
{
        size_t len = name_length(cpu);
        char name[64];
        const char *meant;

        for (size_t i = 0; i < ARRAY_SIZE(models); i++)
                if (strlen(models[i]) == len && strncmp(models[i], cpu, len) == 0)
                        return;
        if (len < sizeof(name)) {
                memcpy(name, cpu, len);
                name[len] = '\0';
                meant = str_nearest(name, models, ARRAY_SIZE(models));
        } else {
                meant = NULL;
        }
        notice(b, "cpu: %.*s is no CPU model of QEMU 7.2%s%s; an engine that does not know it does not start",
               (int)len, cpu, meant ? "; did you mean " : "", str_empty(meant));
}
