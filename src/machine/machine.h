/*
 * A machine: the virtual hardware of one zone, whichever dialect described it (RFD 121 resources, OmniOS
 * attributes, SmartOS JSON by way of either).  Everything after this value uses only this value.
 *
 * machine_from_config() reads the configuration of a zone; machine_to_bhyve() turns a machine into bhyve(8)
 * arguments, in OmniOS's order and slots (reference: bhyve-brand.md 1.3 and 2.1); machine_to_json() prints
 * it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strv.h"
#include "base/zone.h"
#include "config/config.h"

/* A PCI address; bus is 0 on every board so far. */
struct pci_addr {
        uint8_t bus;
        uint8_t slot;     /* 0-31 */
        uint8_t function; /* 0-7 */
};

/* What a device is for: it decides the place in the argument order and the default slot. */
enum machine_role {
        ROLE_HOSTBRIDGE,
        ROLE_LPC,
        ROLE_CLOUD_INIT,
        ROLE_CDROM,
        ROLE_BOOTDISK,
        ROLE_DISK,
        ROLE_NET,
        ROLE_FBUF,
        ROLE_TABLET,
        ROLE_PASSTHRU,
        ROLE_VIRTFS,
        ROLE_RNG,
        ROLE_OTHER, /* a device resource with any other emulation */
};

struct machine_device {
        enum machine_role role;
        unsigned index; /* number within the role: disk3 is 3 */
        struct pci_addr addr;
        bool addr_fixed;    /* said by a pci-slot property */
        char *emulation;    /* "virtio-blk", "ahci-cd", "lpc", ... as bhyve -s spells it */
        char *backend;      /* path, link name, NAME=PATH; NULL if none */
        struct strv option; /* further words after the backend, in order */
        char *where;        /* what said so, for messages: "attr disk3", "device /dev/x" */
};

enum guest_type {
        GUEST_GENERIC,
        GUEST_WINDOWS,
        GUEST_OPENBSD,
};

struct machine {
        char zonename[ZONENAME_MAX];
        char *zonepath;
        char *brand;
        char uuid[UUID_TEXT];
        enum guest_type type;
        char *ram; /* as written, handed to -m */
        uint64_t ram_bytes;
        char *vcpus;                   /* as written, handed to -c */
        unsigned cpus;                 /* total */
        char *bootrom;                 /* resolved path of the firmware file, NULL for none */
        bool uefivars;                 /* pass a variable store */
        char *com[4];                  /* backends of com1..com4, NULL for none */
        struct machine_device *device; /* in argument order within each role */
        size_t n_device;
        struct strv smbios; /* "1,manufacturer=..,..": one -B argument each */
        struct strv extra;  /* words of extra, extraN */
        bool acpi;
        bool wired; /* -S */
        bool memreserve, debug_persist, priv_debug;
        char *vnc_password;
        char *bootorder, *bootnext;
        char *cloud_init;   /* NULL: off */
        struct member *opt; /* every scalar attribute after aliasing, for -j */
        size_t n_opt;
};

/*
 * Builds the machine.  uuid is the zone's (from the index) and is used unless the configuration names one.
 * Everything that is wrong with the description of the hardware is added to problems (which may be NULL: then
 * the first problem is the error).
 */
int machine_from_config(const struct root *root, const struct config *cfg, const char *uuid,
                        struct machine **ret, struct problems *problems, struct error *err);
void machine_free(struct machine *m);
void machine_freep(struct machine **m);

/* bhyve(8) arguments without argv[0], ending with the zone name. */
int machine_to_bhyve(const struct machine *m, struct strv *ret, struct error *err);

/* The object that boot -j prints (bhyve-brand.md 1.10); the caller frees the text. */
char *machine_to_json(const struct machine *m);
