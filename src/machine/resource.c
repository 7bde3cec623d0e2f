/*
 * Devices that resources describe: device (RFD 121, and SmartOS's properties of it), disk, pci.  A device
 * resource without an emulation only shows a host device to the zone, as on OmniOS, and is no hardware.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "machine/builder.h"
#include "ppt/ppt.h"

static const struct {
        const char *emulation;
        enum machine_role role;
        bool backend; /* match (or path) follows the name */
} emulations[] = {
    {"virtio-blk", ROLE_DISK, true},
    {"ahci-hd", ROLE_DISK, true},
    {"nvme", ROLE_DISK, true},
    {"virtio-scsi", ROLE_DISK, true},
    {"ahci-cd", ROLE_CDROM, true},
    {"passthru", ROLE_PASSTHRU, true},
    {"virtio-net-viona", ROLE_NET, true},
    {"virtio-net", ROLE_NET, true},
    {"e1000", ROLE_NET, true},
    {"virtio-9p", ROLE_VIRTFS, true},
    {"virtio-rnd", ROLE_RNG, false},
    {"virtio-console", ROLE_OTHER, true},
    {"virtio-input", ROLE_OTHER, true},
    {"uart", ROLE_OTHER, true},
    {"hda", ROLE_OTHER, false},
};

/* A property of the resource, or a custom one of that name as SmartOS writes it. */
static const char *either(const struct resource *res, const char *name)
{
        const char *value = resource_get(res, name);

        return value ? value : resource_named(res, "property", name);
}

static bool is_true(const char *value)
{
        return value && strcmp(value, "true") == 0;
}

static bool is_cd(const char *media)
{
        return media && (strcmp(media, "cd") == 0 || strcmp(media, "cdrom") == 0);
}

/* An address in any of its forms becomes 2/0/0. */
static const char *host_pci(struct builder *b, const char *where, const char *match)
{
        unsigned part[3];

        if (str_starts(match, "/dev/") && ppt_name(match) >= 0)
                return match;
        if (ppt_address(match, part) == 0)
                return keepf(b, "%u/%u/%u", part[0], part[1], part[2]);
        problem(b, "%s: /dev/pptN or bus:slot:function of a host device is needed for passthru", where);
        return match;
}

static void check_option(struct builder *b, struct machine_device *d, const char *name, const char *value)
{
        if (!*name || strpbrk(name, ",=") || strchr(value, ',') || !str_printable(name) ||
            !str_printable(value))
                problem(b, "%s: option %s=%s has a comma or a control character", d->where, name, value);
        else
                strv_addf(&d->option, *value ? "%s=%s" : "%s", name, value);
}

static void add_options(struct builder *b, const struct resource *res, struct machine_device *d)
{
        const struct property *p = resource_prop(res, "option");
        const char *block = resource_named(res, "property", "guest-block-size");

        for (size_t i = 0; p && i < p->n; i++)
                check_option(b, d, str_empty(complex_get(&p->tuple[i], "name")),
                             str_empty(complex_get(&p->tuple[i], "value")));
        /* SmartOS: these two are only looked at for virtio. */
        if (strcmp(str_empty(d->emulation), "virtio-blk") != 0)
                return;
        if (is_true(resource_named(res, "property", "notrim")))
                strv_add(&d->option, "nodelete");
        if (block && strcmp(block, "0") != 0)
                check_option(b, d, "sectorsize", block);
}

/* Is this the first boot disk?  The same one said twice is fine, another is a finding; neither is added. */
static bool first_boot_disk(struct builder *b, const char *where, const char *emulation, const char *backend)
{
        const struct machine_device *first = machine_next(b->m, ROLE_BOOTDISK, NULL);

        if (!first)
                return true;
        if (streq_null(first->emulation, emulation) && streq_null(first->backend, backend))
                return false;
        problem(b, "multiple boot disks: %s (%s %s) and %s (%s %s)", first->where,
                str_empty(first->emulation), str_empty(first->backend), where, emulation, backend);
        return false;
}

static void check_backend(struct builder *b, const char *where, const char *match)
{
        if (!*match || strpbrk(match, ",*?[") || !str_printable(match))
                problem(b, "%s: one path without commas and patterns is needed for a device of the guest",
                        where);
}

static void add_hardware(struct builder *b, const struct resource *res, const char *where,
                         const char *emulation, const char *match)
{
        const char *slot = either(res, "pci-slot"), *backend = match;
        bool boot = is_true(either(res, "boot"));
        struct machine_device *d;
        enum machine_role role;
        size_t i = 0;

        while (i < ARRAY_SIZE(emulations) && strcmp(emulations[i].emulation, emulation) != 0)
                i++;
        if (i == ARRAY_SIZE(emulations)) {
                problem(
                    b,
                    "%s: emulation %s is unknown (virtio-blk, ahci-hd, ahci-cd, nvme, passthru, none, ...)",
                    where, emulation);
                return;
        }
        role = emulations[i].role;
        if (role == ROLE_PASSTHRU) {
                backend = host_pci(b, where, match);
                b->m->wired = true;
        } else if (emulations[i].backend) {
                check_backend(b, where, match);
                if ((role == ROLE_DISK || role == ROLE_CDROM) && match[0] != '/')
                        backend = keepf(b, MACHINE_ZVOL_DIR "%s", match);
        } else {
                backend = NULL;
        }
        if (boot && role != ROLE_DISK && role != ROLE_CDROM)
                problem(b, "%s: boot is true, but %s is no disk", where, emulation);
        else if (boot && !first_boot_disk(b, where, emulation, backend))
                return;
        else if (boot)
                role = ROLE_BOOTDISK;
        d = device_add(b, role, emulation, backend, where);
        if (slot)
                device_pci_slot(b, d, slot);
        if (strcmp(emulation, "ahci-cd") == 0)
                strv_add(&d->option, "ro");
        add_options(b, res, d);
}

/* What would say something about a device of the guest, were it one. */
static void check_unused(struct builder *b, const struct resource *res, const char *where)
{
        static const char *const words[] = {"pci-slot", "option"};

        if (is_true(resource_get(res, "boot")))
                problem(b, "%s: boot is true, but there is no emulation", where);
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (resource_prop(res, words[i]))
                        problem(b, "%s: %s is set, but there is no emulation", where, words[i]);
}

static void build_device(struct builder *b, const struct resource *res)
{
        const char *match = str_empty(resource_get(res, "match")), *where = keepf(b, "device %s", match);
        const char *emulation = resource_get(res, "emulation");
        const char *model = resource_named(res, "property", "model");
        bool cd = is_cd(resource_named(res, "property", "media"));

        emulation = emulation ? alias_disk(emulation, cd) : NULL;
        model = model ? alias_disk(model, cd) : NULL;
        emulation = one_fact(b, keepf(b, "%s: emulation", where), emulation, "property model", model);
        if (emulation && strcmp(emulation, "none") != 0)
                add_hardware(b, res, where, emulation, match);
        else if (!emulation || is_true(resource_get(res, "boot")))
                check_unused(b, res, where);
}

static void build_disk(struct builder *b, const struct resource *res)
{
        const char *path = str_empty(resource_get(res, "path")), *where = keepf(b, "disk %s", path);
        const char *model = resource_get(res, "model");
        bool cd = is_cd(resource_get(res, "media"));

        model = alias_disk(model ? model : cd ? "ahci" : "virtio", cd);
        if (cd != (strcmp(model, "ahci-cd") == 0))
                problem(b, "%s: media %s, but model %s", where, cd ? "cd" : "disk", model);
        add_hardware(b, res, where, model, path);
}

void build_resources(struct builder *b)
{
        const struct resource *res = NULL;

        while ((res = config_next(b->cfg, "device", res)))
                build_device(b, res);
        while ((res = config_next(b->cfg, "disk", res)))
                build_disk(b, res);
        while ((res = config_next(b->cfg, "pci", res))) {
                const char *match = str_empty(resource_get(res, "match"));

                add_hardware(b, res, keepf(b, "pci %s", match), "passthru", match);
        }
        disks_check_shared(b);
}
