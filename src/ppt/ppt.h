/*
 * The host's PCI devices, as far as a guest can be given them.  On illumos such a device is bound to the
 * driver ppt and called /dev/pptN; on Linux it is bound to vfio-pci.  The name is kept: a number, once given
 * to a PCI address, stays with it (/etc/zones/ppt.conf), so that a configuration never finds another device
 * under its name because one more was bound.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/root.h"
#include "config/config.h"

#define PPT_DRIVER "vfio-pci"
#define PPT_NO_IOMMU                                                                                         \
        "this host has no IOMMU in use: switch on VT-d or AMD-Vi in its firmware, and on Intel boot Linux "  \
        "with intel_iommu=on"
#define PPT_ADDRESS_MAX 16  /* "0000:01:00.0" and the NUL, with room for a domain of more digits */
#define PPT_NUMBER_MAX  999 /* /dev/ppt999 is the last name */

struct ppt {
        char address[PPT_ADDRESS_MAX]; /* as Linux writes it */
        uint16_t vendor, device, subvendor, subdevice;
        uint8_t revision;
        uint32_t class;
        uint8_t header;  /* layout of its configuration space: 0 a function, 1 and 2 bridges between buses */
        char driver[32]; /* "" if it has none; cut if it is longer */
        int group;       /* IOMMU group; -1: none */
        int number;      /* N of /dev/pptN; -1: none */
        bool kept;       /* the number is in ppt.conf, and not only the one that it would get now */
};

struct ppts {
        struct ppt *v; /* by address */
        size_t n;
};

/* Reads all PCI functions below a directory that is laid out as /sys is. */
int ppt_scan(int sysfs, struct ppts *ret, struct error *err);
void ppts_free(struct ppts *list);
/*
 * Gives the numbers of ROOT/etc/zones/ppt.conf, and to each device that is bound to vfio-pci and has none the
 * lowest that is free, by address.  keep: writes what is new back.
 */
int ppt_number(const struct root *root, struct ppts *list, bool keep, struct error *err);
/* Both, for this host. */
int ppt_load(const struct root *root, bool keep, struct ppts *ret, struct error *err);

/* The address that ppt.conf has for /dev/pptN, by which two names of one device are known.  -ENODEV: none. */
int ppt_address_of(const struct root *root, int number, char ret[PPT_ADDRESS_MAX], struct error *err);

/*
 * "2:0:0", "2/0/0", "pci2:0:0" (decimal, as bhyve writes it) and "0000:02:00.0" (as Linux does) to bus, slot
 * and function; -EINVAL for anything else.  bhyve knows no domain, so the last has to be in domain 0.
 */
int ppt_address(const char *text, unsigned ret[3]);
/* "/dev/ppt0" and "ppt0" to 0; -EINVAL for anything else. */
int ppt_name(const char *text);
/* By either; -ENODEV with a text. */
int ppt_find(const struct ppts *list, const char *name, const struct ppt **ret, struct error *err);

/* Can the device be given to a guest?  -ENOTSUP, -EBUSY: what is in the way, and the command that cures it.
 */
int ppt_check(const struct ppts *list, const struct ppt *dev, struct error *err);
/* Does a device or pci resource of the configuration give the device, by whichever of its names? */
bool ppt_given(const struct config *cfg, const struct ppts *list, const struct ppt *dev);
/* All of this for a device that a machine names; ret may be NULL. */
int ppt_for_zone(const struct config *cfg, const struct ppts *list, const char *name, const struct ppt **ret,
                 struct error *err);

/* Is it bound to vfio-pci? */
bool ppt_bound(const struct ppt *dev);
bool ppt_is_bridge(const struct ppt *dev);
/* Has this host an IOMMU that is in use? */
bool ppt_iommu(const struct ppts *list);

/* One zone at a time has a group; see base/inuse.h. */
int ppt_lock(const struct root *root, const struct ppt *dev, const char *zone, int *ret_fd,
             struct error *err);
