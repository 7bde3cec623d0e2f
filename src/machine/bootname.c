/* The names by which bootorder and bootnext know devices: bootdisk, disk3, cdrom0, net1; and letters for all
 * of a kind. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "machine/machine.h"

static const struct {
        enum machine_role role;
        const char *word;
} named[] = {
    {ROLE_BOOTDISK, "bootdisk"},
    {ROLE_CDROM, "cdrom"},
    {ROLE_DISK, "disk"},
    {ROLE_NET, "net"},
};

/* Attributes number their devices; adapters are numbered through. */
static bool has_number(const struct machine_device *d)
{
        return d->role == ROLE_NET || (!d->addr_fixed && !d->addr_dynamic);
}

static bool number_taken(const struct machine *m, enum machine_role role, unsigned number)
{
        for (const struct machine_device *d = NULL; (d = machine_next(m, role, d));)
                if (has_number(d) && d->index == number)
                        return true;
        return false;
}

/* Devices of resources get the numbers that attributes leave, in the order of the configuration. */
static unsigned number_of(const struct machine *m, const struct machine_device *device)
{
        unsigned number = 0;

        if (has_number(device))
                return device->index;
        for (const struct machine_device *d = NULL; (d = machine_next(m, device->role, d));) {
                if (has_number(d))
                        continue;
                while (number_taken(m, device->role, number))
                        number++;
                if (d == device)
                        break;
                number++;
        }
        return number;
}

bool machine_boot_name(const struct machine *m, const struct machine_device *d, char *ret, size_t size)
{
        for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
                if (named[i].role != d->role)
                        continue;
                if (d->role == ROLE_BOOTDISK)
                        snprintf(ret, size, "%s", named[i].word);
                else
                        snprintf(ret, size, "%s%u", named[i].word, number_of(m, d));
                return true;
        }
        return false;
}

const struct machine_device *machine_boot_device(const struct machine *m, const char *name)
{
        for (size_t i = 0; i < m->n_device; i++) {
                char is[32];

                if (machine_boot_name(m, &m->device[i], is, sizeof(is)) && strcmp(is, name) == 0)
                        return &m->device[i];
        }
        return NULL;
}

bool machine_boot_letters(const char *text)
{
        for (const char *p = text; *p; p++)
                if (!strchr("cdn", *p) || strchr(p + 1, *p))
                        return false;
        return *text;
}

const struct machine_device *machine_boot_next(const struct machine *m, char letter,
                                               const struct machine_device *prev)
{
        const struct machine_device *d;

        if (letter != 'c')
                return machine_next(m, letter == 'd' ? ROLE_CDROM : ROLE_NET, prev);
        if (prev && prev->role == ROLE_DISK)
                return machine_next(m, ROLE_DISK, prev);
        d = machine_next(m, ROLE_BOOTDISK, prev);
        return d ? d : machine_next(m, ROLE_DISK, NULL);
}
