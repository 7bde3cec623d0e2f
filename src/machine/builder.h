/*
 * What the files that build a machine share: the work in progress, how it reads attributes, and how it
 * reports what is wrong.  Every finding is one line that names the place, the value and the rule; building
 * goes on after a finding, so that all of them come out at once.
 */
#pragma once

#include "machine/machine.h"

#define ATTR_NAMES 128 /* more than any brand has */

struct builder {
        const struct root *root;
        const struct config *cfg;
        struct machine *m;
        struct problems *problems; /* NULL: only the first finding is wanted */
        struct error first;
        size_t findings;
        bool nomem;
        struct strv keep;   /* texts that live as long as the builder */
        unsigned cd_slot;   /* 3, or 7 when the boot disk comes first on a BIOS machine */
        const char *diskif; /* default models, after aliasing */
        const char *netif;
        const char *asked[ATTR_NAMES]; /* attributes that were looked for, and families of numbered ones */
        size_t n_asked;
};

/* capped-memory's properties, in the order of machine.cap. */
extern const char *const memory_cap[2];

/* ---- findings and memory ---------------------------------------------------------------------------- */

void problem(struct builder *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Keeps an allocated text until the builder goes; NULL records that memory ran out and gives "". */
const char *keep(struct builder *b, char *text);
const char *keepf(struct builder *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A copy that the machine owns; records that memory ran out. */
char *copy(struct builder *b, const char *text);

/* ---- words and attributes (words.c) ------------------------------------------------------------------ */

/* 1 for true yes on 1, 0 for false no off 0, -1 for any other word; exact and case-sensitive. */
int word_bool(const char *word);
bool word_in(const char *word, const char *const *list);

/* The value of an attribute without blanks around it, or NULL. */
const char *attr_get(struct builder *b, const char *name);
/* Notes attributes that nothing looked for and that are spelled nearly like one that means something. */
void attrs_misspelled(struct builder *b);
/* A strict boolean; a finding for any other word. */
bool attr_bool(struct builder *b, const char *name, bool def);
/* The text itself, or the contents of the file if it is the absolute path of one; blanks around it go. */
const char *file_or_text(struct builder *b, const char *where, const char *text);
/* Notes a scalar for machine_to_json. */
void note_opt(struct builder *b, const char *name, const char *value);
/* Words of the aliased enumerations. */
const char *alias_disk(const char *model, bool cd);
const char *alias_net(const char *model);

/* A family of numbered attributes: disk, disk0, disk1, ... */
struct numbered {
        const char *name;
        unsigned limit;
        bool plain; /* the name without a number takes the lowest free number */
        const char *value[16];
        unsigned order[16]; /* the numbers as they came: numbered ones of the document, then plain ones */
        size_t n_order;
};
#define NUMBERED_MAX 16
void attr_numbered(struct builder *b, struct numbered *n);

/* One fact from two places: either value, and a finding if they differ. */
const char *one_fact(struct builder *b, const char *where_a, const char *a, const char *where_b,
                     const char *b_value);

/* The same rules as a POSIX shell for blanks, quotes and backslashes.  -EINVAL: an open quote. */
int shell_split(const char *text, struct strv *ret);

/* A serial line as bhyve(8) takes it: a path in the zone, or socket,PATH.  The wait with which old documents
 * end a socket is left out: nobody waits here.  NULL: it is neither (system.c). */
const char *com_line(struct builder *b, const char *value);

/* ---- firmware (firmware.c) ---------------------------------------------------------------------------- */

/* Path of a firmware by name, or NULL with a finding. */
const char *firmware_path(struct builder *b, const char *where, const char *name);

/* Words of bootorder or bootnext that mean nothing are findings (bootlist.c). */
void boot_list_check(struct builder *b, const char *where, const char *list);
/* Tells the engine the order of all devices that letters name, each kind in the order of the machine. */
void boot_letters_number(struct builder *b, const char *letters);

/* ---- devices (device.c, slots.c) ----------------------------------------------------------------------- */

/* Appends a device; the texts are copied.  Never NULL: a spare device stands in when memory ran out. */
struct machine_device *device_add(struct builder *b, enum machine_role role, const char *emulation,
                                  const char *backend, const char *where);
/* Appends ",x,y" style options one by one. */
void device_options(struct machine_device *d, const char *list);
void device_place(struct machine_device *d, unsigned slot, unsigned function);
/* A disk: VALUE is PATH[,opt...]; a path without a leading slash is a volume. */
struct machine_device *disk_add(struct builder *b, enum machine_role role, const char *model,
                                const char *value, const char *where);
/* Takes pci-slot of a resource, if it has one; otherwise the address is chosen later. */
void device_pci_slot(struct builder *b, struct machine_device *d, const char *text);

void slots_assign(struct builder *b);
/* Is it a disk or a CD-ROM that says what is in it? */
bool device_is_disk(const struct machine_device *d);
/* No disk twice in one machine (disk.c). */
void disks_check_shared(struct builder *b);
/* The volume or path that a disk names, without the two spellings of the volume directory. */
const char *disk_identity(const char *backend);

/* ---- the parts, in the order in which they are read ---------------------------------------------------- */

void build_system(struct builder *b, const char *uuid); /* system.c: vcpus, firmware, serial ports, ... */
void build_ram(struct builder *b);                      /* memory.c */
void build_basics(struct builder *b, const char *uuid); /* system.c: what all brands say alike */
void build_smbios(struct builder *b);                   /* smbios.c */
void build_board(struct builder *b);                    /* device.c: host bridge, lpc, cloud-init seed */
void build_disks(struct builder *b);                    /* disk.c: cdrom, bootdisk, disk attributes */
void disks_check_names(struct builder *b);              /* disk.c: whoever named them */
void build_nets(struct builder *b);                     /* net.c */
void build_screen(struct builder *b);                   /* screen.c */
/* What attr vnc says, or SmartOS's attributes in its words; NULL: no screen is described (smartos.c). */
const char *smartos_vnc(struct builder *b, const char *vnc, const char **ret_password);
void build_passthru(struct builder *b);  /* device.c */
void build_virtfs(struct builder *b);    /* share.c */
void shares_check(struct builder *b);    /* share.c: of both dialects */
void build_resources(struct builder *b); /* resource.c: device, disk, pci */

/* All of it for a machine of the kvm brand (kvm.c). */
void build_kvm(struct builder *b, const char *uuid);
