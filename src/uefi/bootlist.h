/*
 * What bootorder and bootnext ask for, as an edit of the firmware's variables.
 *
 * Names: bootdisk, diskN, cdromN, netN[=pxe|http] (a device of the machine, found by its PCI address), pathN
 * (the N-th file that an operating system entered), bootN (entry number N), shell; without a number, 0 is
 * meant.  bootnext also knows firmware: the firmware's own menus.  Either can be letters instead, each for
 * all devices of a kind; see machine_boot_letters().
 */
#pragma once

#include "machine/machine.h"
#include "uefi/entry.h"

/*
 * Puts the entries of a comma-separated list of names in front of BootOrder.  The others stay behind them in
 * their order: an entry that is in no order would be lost, for the firmware gives its number away.  Names
 * that no entry answers to are left out; -ENOENT when nothing is left.
 */
int uefi_set_boot_order(struct uefi_store *store, const struct machine *m, const char *list,
                        struct error *err);
/* Sets what is booted next time, once: the first entry that answers to the list.  -ENOENT as above. */
int uefi_set_boot_next(struct uefi_store *store, const struct machine *m, const char *list,
                       struct error *err);

/*
 * Boots a CD-ROM of the machine next time, once, by an entry of our own: the firmware makes one only when it
 * has seen the device.  NULL takes the entry away again.  -ENOSPC.
 */
int uefi_set_boot_media(struct uefi_store *store, const struct machine_device *media, struct error *err);

/* Calls f with every name that an entry answers to, kind and value as machine_add_boot_option() has them. */
int uefi_each_name(const struct uefi_entries *entries, const struct machine *m,
                   int (*f)(const char *name, const struct uefi_entry *entry, void *arg), void *arg);
