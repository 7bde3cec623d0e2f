/* A boot entry of our own, for the CD-ROM that one boot is to start from; see bootlist.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "uefi/bootlist.h"

#define DESCRIPTION  "Apiary: media of one boot"
#define ACTIVE       0x1
#define HIDDEN       0x8
#define FIRST_NUMBER 0xfffe /* downwards: the firmware takes the lowest numbers for its own */

/* PciRoot(0x0)/Pci(0xSLOT,0xFUNCTION)/Sata(0x0,0xFFFF,0x0), and the end node. */
static const uint8_t cdrom_path[] = {
    0x02, 0x01, 12, 0, 0xd0, 0x41, 0x03, 0x0a, 0, 0, 0, 0, /* ACPI: PNP0A03, 0 */
    0x01, 0x01, 6,  0, 0,    0,                            /* PCI: function, slot */
    0x03, 0x12, 10, 0, 0,    0,    0xff, 0xff, 0, 0,       /* SATA: port 0, no multiplier, unit 0 */
    0x7f, 0xff, 4,  0,                                     /* end */
};
#define FUNCTION_AT 16
#define SLOT_AT     17

/* Attributes, length of the path, description in UTF-16LE with its NUL, path. */
static size_t load_option(const struct machine_device *media, uint8_t ret[128])
{
        size_t n = 6;

        memset(ret, 0, 128);
        ret[0] = ACTIVE | HIDDEN;
        ret[4] = sizeof(cdrom_path);
        for (const char *p = DESCRIPTION; *p; p++, n += 2)
                ret[n] = (uint8_t)*p;
        n += 2;
        memcpy(ret + n, cdrom_path, sizeof(cdrom_path));
        ret[n + FUNCTION_AT] = media->addr.function;
        ret[n + SLOT_AT] = media->addr.slot;
        return n + sizeof(cdrom_path);
}

/* The number of our entry from an earlier boot, or one that is free. */
static uint16_t our_number(const struct uefi_entries *entries, bool *ret_there)
{
        uint16_t number = FIRST_NUMBER;

        *ret_there = false;
        for (size_t i = entries->n; i-- > 0;) {
                const struct uefi_entry *e = &entries->entry[i];

                if (strcmp(e->description, DESCRIPTION) == 0) {
                        *ret_there = true;
                        return e->number;
                }
                /* By number, the highest first. */
                if (e->number == number)
                        number--;
        }
        return number;
}

int uefi_set_boot_media(struct uefi_store *store, const struct machine_device *media, struct error *err)
{
        _cleanup_entries_ struct uefi_entries entries = {0};
        uint8_t option[128], next[2];
        char name[sizeof("BootFFFF")];
        uint16_t number;
        bool there;
        int r = uefi_entries_read(store, &entries, err);

        if (r < 0)
                return r;
        number = our_number(&entries, &there);
        snprintf(name, sizeof(name), "Boot%04X", number);
        if (!media) {
                if (!there)
                        return 0;
                /* A firmware that was halted before it came so far has not used the choice up. */
                r = entries.next == number ? uefi_unset(store, &uefi_global, "BootNext", err) : 0;
                return r < 0 ? r : uefi_unset(store, &uefi_global, name, err);
        }
        next[0] = (uint8_t)number;
        next[1] = (uint8_t)(number >> 8);
        r = uefi_set(store, &uefi_global, name, UEFI_BOOT_VARIABLES, option, load_option(media, option), err);
        if (r == 0)
                r = uefi_set(store, &uefi_global, "BootNext", UEFI_BOOT_VARIABLES, next, sizeof(next), err);
        return r;
}
