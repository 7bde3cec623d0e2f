/*
 * Boot entries: the variables Boot0000 to BootFFFF of UEFI firmware, each a description and the device path
 * of what it starts.  The path decides what kind of entry it is, and so by which names people can ask for it.
 */
#pragma once

#include "uefi/store.h"

enum uefi_kind {
        UEFI_OTHER,
        UEFI_PCI,  /* a device by its PCI address; of a NIC, boot by PXE */
        UEFI_HTTP, /* a NIC that boots by HTTP */
        UEFI_APP,  /* a program within the firmware */
        UEFI_PATH, /* a file on a disk: what an operating system enters for itself */
        UEFI_KINDS,
};

struct uefi_entry {
        uint16_t number;
        bool active; /* the firmware tries it */
        bool hidden; /* its menus do not show it */
        enum uefi_kind kind;
        unsigned slot, function; /* UEFI_PCI, UEFI_HTTP */
        bool bridged;            /* behind a PCI bridge: slot and function are those on its bus */
        char guid[37];           /* UEFI_APP */
        char *path;              /* UEFI_PATH */
        char *description;       /* UTF-8, without control characters */
};

struct uefi_entries {
        struct uefi_entry *entry; /* by number */
        size_t n;
        uint16_t *order; /* BootOrder, each number once */
        size_t n_order;
        int next; /* BootNext, -1 if it is not set */
};

/* Entries that cannot be read are left out. */
int uefi_entries_read(const struct uefi_store *store, struct uefi_entries *ret, struct error *err);
void uefi_entries_clear(struct uefi_entries *entries);
#define _cleanup_entries_ __attribute__((cleanup(uefi_entries_clear)))

/* "other", "pci", "http", "app", "path" */
const char *uefi_kind_name(enum uefi_kind kind);
/* What the entry starts: "4.0", a GUID, a path; NULL when out of memory.  The caller frees it. */
char *uefi_entry_value(const struct uefi_entry *entry);
