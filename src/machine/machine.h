/*
 * A machine: the virtual hardware of one zone, whichever dialect described it (RFD 121 resources, OmniOS
 * attributes, SmartOS JSON by way of either).  Everything after this value uses only this value.
 *
 * machine_from_config() reads the configuration of a zone; machine_to_bhyve() turns a machine into bhyve(8)
 * arguments, in OmniOS's order and slots; machine_to_json() prints it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strv.h"
#include "base/zone.h"
#include "config/config.h"

/* A PCI address. */
struct pci_addr {
        uint8_t bus;      /* 0-255; devices that do not say otherwise are on bus 0 */
        uint8_t slot;     /* 0-31 */
        uint8_t function; /* 0-7 */
};

/* What a device is for: it decides the place in the argument order and the default slot. */
enum machine_role {
        ROLE_HOSTBRIDGE,
        ROLE_LPC,
        ROLE_CLOUD_INIT,
        ROLE_MEDIA, /* attached for one boot */
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
        bool addr_dynamic;  /* chosen from the free places of its role; otherwise the attribute's number */
        char *emulation;    /* "virtio-blk", "ahci-cd", "lpc", ... as bhyve -s spells it */
        char *backend;      /* path, link name, NAME=PATH; NULL if none */
        struct strv option; /* further words after the backend, in order */
        unsigned boot;      /* its turn at booting, from 1, where the engine is told; 0: none */
        char *where;        /* what said so, for messages: "attr disk3", "device /dev/x" */
        int net;            /* ROLE_NET: its place among the links of net_links(), -1 if it has none */
};

/* One thing to boot from, for -j: a name for bootorder and what it stands for. */
struct boot_option {
        char *name;  /* "path0" */
        char *kind;  /* "path" */
        char *value; /* "\\EFI\\debian\\shimx64.efi" */
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
        uint64_t cap[2];               /* capped-memory physical and swap in bytes, 0 for none */
        unsigned dedicated[2];         /* dedicated-cpu ncpus, least and most; 0 for none */
        char *bootrom;                 /* resolved path of the firmware file, NULL for none */
        bool uefi;                     /* the firmware is UEFI and keeps its variables in a file */
        char *com[4];                  /* backends of com1..com4, NULL for none */
        char *com_where[4];            /* what said so: "attr com2", "lpc com2" */
        struct machine_device *device; /* in argument order within each role */
        size_t n_device;
        struct strv smbios;   /* "1,manufacturer=..,..": one -B argument each */
        struct strv extra;    /* words of extra, extraN */
        struct strv doubtful; /* attributes that are probably misspelled, a line for each */
        bool kvm;             /* a machine of the kvm brand: extra are the engine's words */
        char *cpu, *rtc;      /* kvm: as written, handed to the engine */
        bool acpi;
        bool wired; /* -S */
        bool tpm;   /* a TPM of the zone's own */
        bool memreserve, debug_persist, priv_debug;
        char *vnc_password;   /* not among the arguments of machine_to_bhyve */
        char *bootorder;      /* after aliasing */
        char *bootnext;       /* NULL: none */
        char *cloud_init;     /* NULL: off; a true word, a file of the host, or a URL */
        bool cloud_init_seed; /* the seed image /cloud-init.iso is attached (no URL) */
        char *password, *sshkey, *resolvers, *dns_domain; /* for the seed; NULL: none */
        struct member *opt; /* every scalar attribute after aliasing, without the passwords, for -j */
        size_t n_opt;
        struct boot_option *boot_option; /* what the firmware's variables offer besides the devices, for -j */
        size_t n_boot_option;
};

/* Where a disk is that is named as a volume, POOL/NAME. */
#define MACHINE_ZVOL_DIR "/dev/zvol/rdsk/"
/* The seed image of cloud-init, as the zone sees it, and the variable store of UEFI firmware. */
#define MACHINE_CLOUD_INIT_ISO "/cloud-init.iso"
#define MACHINE_UEFIVARS       "/etc/uefivars"
/* What the arguments call the TPM's socket; in a zone it is only a name. */
#define MACHINE_TPM "/var/run/tpm"
/* What stands for the media of one boot in the arguments; zoneadmd knows which files they are. */
#define MACHINE_BOOT_MEDIA  "/dev/boot-media"
#define MACHINE_CONFIG_DISK "/dev/config-disk"

/*
 * Builds the machine.  uuid is the zone's (from the index) and is used unless the configuration names one;
 * with neither, a random one is made.  Everything that is wrong with the description of the hardware is added
 * to problems, one line each; 0 is then returned all the same, with a machine that must not be booted.
 * Without problems (NULL) the first of them is the error, -EINVAL.
 */
int machine_from_config(const struct root *root, const struct config *cfg, const char *uuid,
                        struct machine **ret, struct problems *problems, struct error *err);
void machine_free(struct machine *m);
void machine_freep(struct machine **m);
/* Adds to m->boot_option; the texts are copied.  -ENOMEM. */
int machine_add_boot_option(struct machine *m, const char *name, const char *kind, const char *value);
#define _cleanup_machine_ __attribute__((cleanup(machine_freep)))

/* bhyve(8) arguments without argv[0], ending with the zone name.  Fit to be shown: no password is in them. */
int machine_to_bhyve(const struct machine *m, struct strv *ret, struct error *err);
/*
 * What zhyve gets: the same with what else it has to know, as variables of bhyve_config(5).  These are the
 * VNC password, and pci.B.S.F.zonecfg-net=N, the net resource that an adapter is of, where the order of the
 * adapters on the bus is not that of the resources.
 */
int machine_to_zhyve(const struct machine *m, struct strv *ret, struct error *err);

/* Do the arguments (attr tpm or extra) ask for a TPM? */
bool machine_wants_tpm(const struct machine *m);

/*
 * Attach what zoneadm boot -i and -c name, for this boot only: a CD-ROM that is booted from before anything
 * else, and a read-only disk behind all others.  -ENOSPC: "boot -i: no more available slots".
 */
int machine_attach_boot_media(struct machine *m, struct error *err);
int machine_attach_config_disk(struct machine *m, struct error *err);
/* The former if it is attached, or NULL. */
const struct machine_device *machine_boot_media(const struct machine *m);

/* The object that boot -j prints, without passwords; the caller frees the text. */
char *machine_to_json(const struct machine *m);

/* A drive on the IDE controller of the board, which all of them share; index is its place there. */
bool machine_device_is_ide(const struct machine_device *d);

/* The first device of a role after prev (NULL: from the start), or NULL. */
const struct machine_device *machine_next(const struct machine *m, enum machine_role role,
                                          const struct machine_device *prev);

/*
 * The name by which bootorder and bootnext know a device: "bootdisk", "disk3", "cdrom0", "net1"; false if it
 * has none.  machine_boot_device() is the reverse.
 */
bool machine_boot_name(const struct machine *m, const struct machine_device *d, char *ret, size_t size);
const struct machine_device *machine_boot_device(const struct machine *m, const char *name);

/*
 * The letters in which early documents say the boot order, [c][d][n]: c the disks, d the CD-ROMs, n the
 * network.  Are they, each once?
 */
bool machine_boot_letters(const char *text);
/* The next device after prev that a letter names: the boot disk comes before the other disks. */
const struct machine_device *machine_boot_next(const struct machine *m, char letter,
                                               const struct machine_device *prev);

/* The uuid field of an smbios resource of type 1, which is the UUID of the machine as well; NULL: none. */
const char *machine_smbios_uuid(const struct config *cfg);
/* Does this host have the memory?  -ENOMEM: "ram 10T: this host has 7.8G of memory and swap". */
int machine_fits_host(const struct machine *m, struct error *err);

/*
 * Are the variables that a machine's firmware has kept, in the zone whose root directory this is, a store
 * that the firmware can have?  A machine that has none yet is well; a size or a kind of file that the engine
 * would stumble over is -EINVAL with the path and the cure.  What is in the store is the firmware's business.
 */
int machine_check_vars(const struct machine *m, int zone_root, struct error *err);

struct stat;
/* Can this file be a flash of the machine?  what begins the rule that is said if not: "firmware is". */
int machine_check_flash(const struct stat *st, const char *what, struct error *err);

/*
 * Are the arguments what bhyve(8) takes?  What attributes hand on unread (options of disks, extra) is found
 * here: "Could not parse configuration: TEXT", -EINVAL.  Needs the front end's library too.
 */
int machine_check_arguments(const struct machine *m, struct error *err);
/*
 * Can the engine be this machine?  The same, and -ENOTSUP for arguments that bhyve(8) takes and this engine
 * cannot carry out.  What will have no effect goes to notices (may be NULL).
 */
int machine_check_engine(const struct machine *m, struct problems *notices, struct error *err);

/* Can the guest only read it: a CD-ROM, or a disk with the option ro? */
bool machine_device_reads_only(const struct machine_device *d);

enum machine_use_kind {
        USE_DISK,
        USE_LINE,     /* a serial line or another character device */
        USE_PCI,      /* a device of the host: "2/0/0" or "/dev/ppt0" */
        USE_DIR,      /* a shared directory */
        USE_FIRMWARE, /* a file of the host, which many machines read */
        USE_VARS,     /* the variables of firmware that only extra names; MACHINE_UEFIVARS makes itself */
        USE_SOCKET,   /* served at a path in the zone */
        USE_LINK,     /* of the network: path is its name */
};

/* What the machine opens of the host, as the zone names it. */
struct machine_use {
        enum machine_use_kind kind;
        char *path;
        char *where; /* who says so: "attr disk3", "device /dev/x", "attr extra", "lpc com2" */
        bool read_only;
        int net; /* USE_LINK: number of the net resource that the adapter is of, -1 if that is not said */
};

/* All of them, also what extra names; -ENOMEM.  Needs the front end's library too. */
int machine_uses(const struct machine *m, struct machine_use **ret, size_t *ret_n);
void machine_uses_free(struct machine_use *uses, size_t n);
