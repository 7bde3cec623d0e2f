/*
 * Attributes to resources.  Switches that RFD 121 has no resource for (acpi, vnc, cloud-init, ...) stay
 * attributes; so does what the zone was given no device for, because a resource would give it one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/size.h"
#include "base/strv.h"
#include "convert/internal.h"
#include "volume/volume.h"

#define TEXT_MAX CONFIG_VALUE_MAX
#define MIB      (UINT64_C(1) << 20)

/* Moves the value of an attribute to a property of the one resource of a type. */
static int move(struct config *cfg, const char *attr, const char *type, const char *prop)
{
        char value[TEXT_MAX];
        int r;

        if (!attr_text(cfg, attr, value, sizeof(value)))
                return -ENOENT;
        r = attr_remove(cfg, attr);
        return r < 0 ? r : only_set(cfg, type, prop, value);
}

/* A number alone is MiB as an attribute, and bytes as guest: it gets its unit. */
static int up_ram(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        char value[TEXT_MAX];
        uint64_t bytes;
        int r;

        (void)c;
        (void)d;
        if (!attr_text(cfg, "ram", value, sizeof(value)))
                return -ENOENT;
        if (value[strspn(value, "0123456789")] == '\0' && size_parse_ram(value, &bytes) == 0 &&
            bytes % MIB == 0)
                snprintf(value, sizeof(value), "%lluM", (unsigned long long)(bytes / MIB));
        r = attr_remove(cfg, "ram");
        return r < 0 ? r : only_set(cfg, "capped-memory", "guest", value);
}

/*
 * dedicated-cpu and capped-cpu say the number of virtual CPUs as well, but to make one from an attribute
 * would reserve or limit the CPUs of the host, so only what such a resource already says goes.
 */
static int up_vcpus(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        unsigned min, max;
        uint64_t cap;

        (void)c;
        (void)d;
        if (config_dedicated_cpu(cfg, &min, &max) < 0 && config_rctl(cfg, "cpu-cap", &cap) < 0)
                return -ENOENT;
        return attr_remove(cfg, "vcpus");
}

static int up_uuid(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        char value[TEXT_MAX];
        int r;

        (void)c;
        (void)d;
        if (!attr_text(cfg, "uuid", value, sizeof(value)))
                return -ENOENT;
        r = attr_remove(cfg, "uuid");
        return r < 0 ? r : config_set_global(cfg, "uuid", value, NULL);
}

static int up_bootrom(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        (void)c;
        (void)d;
        return move(cfg, "bootrom", "lpc", "bootrom");
}

/* The console is the first serial port; SmartOS calls it com1. */
static int up_console(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        int r;

        (void)c;
        (void)d;
        if (!config_attr(cfg, "console"))
                return move(cfg, "com1", "lpc", "com1");
        r = move(cfg, "console", "lpc", "com1");
        return r == 0 && config_attr(cfg, "com1") ? attr_remove(cfg, "com1") : r;
}

#define UP_COM(n)                                                                                            \
        static int up_com##n(const struct conversion *c, struct config *cfg, const struct machine_device *d) \
        {                                                                                                    \
                (void)c;                                                                                     \
                (void)d;                                                                                     \
                return move(cfg, "com" #n, "lpc", "com" #n);                                                 \
        }
UP_COM(2)
UP_COM(3)
UP_COM(4)

/* ---- links ------------------------------------------------------------------------------------------- */

/* A model of its own for one adapter: its property netif, or what the attribute says for all. */
static int set_model(struct resource *net, const char *general)
{
        const char *own = resource_named(net, "property", "netif"), *model = own ? own : general;
        struct member m[2] = {{(char *)"name", (char *)"netif"}, {(char *)"value", (char *)own}};
        const struct complex tuple = {m, 2};
        int r = 0;

        if (!model || resource_get(net, "model"))
                return -ENOENT;
        r = resource_set(net, "model", model, NULL);
        return r == 0 && own ? resource_remove_tuple(net, "property", &tuple, NULL) : r;
}

static int up_models(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        const char *general = config_attr(cfg, "netif");
        int done = 0;

        (void)c;
        (void)d;
        for (size_t i = 0; i < cfg->n_res; i++) {
                int r =
                    strcmp(cfg->res[i]->def->name, "net") == 0 ? set_model(cfg->res[i], general) : -ENOENT;

                if (r < 0 && r != -ENOENT)
                        return r;
                done += r == 0;
        }
        if (general)
                return attr_remove(cfg, "netif");
        return done ? 0 : -ENOENT;
}

/* OmniOS and SmartOS: physical names the vnic, global-nic what it stands on.  RFD 121: virtual, physical. */
static int up_link(struct resource *net)
{
        const char *below = resource_get(net, "global-nic"), *vnic = resource_get(net, "physical");
        _cleanup_free_ char *name = below ? strdup(below) : NULL;
        int r;

        if (!below || !vnic || resource_get(net, "virtual") || strcmp(below, "auto") == 0)
                return -ENOENT;
        if (!name)
                return -ENOMEM;
        r = resource_set(net, "virtual", vnic, NULL);
        if (r == 0)
                r = resource_set(net, "physical", name, NULL);
        return r == 0 ? resource_clear(net, "global-nic", NULL) : r;
}

static int up_links(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        int done = 0;

        (void)c;
        (void)d;
        for (size_t i = 0; i < cfg->n_res; i++) {
                int r = strcmp(cfg->res[i]->def->name, "net") == 0 ? up_link(cfg->res[i]) : -ENOENT;

                if (r < 0 && r != -ENOENT)
                        return r;
                done += r == 0;
        }
        return done ? 0 : -ENOENT;
}

/* ---- disks and passed-through devices ------------------------------------------------------------------ */

/* The attribute behind "attr disk3": disk3, or the plain disk if it took that number. */
static int remove_attr_of(struct config *cfg, const struct machine_device *d)
{
        const char *name = d->where + strlen("attr ");
        char family[16];
        size_t n = strcspn(name, "0123456789");

        if (config_attr(cfg, name))
                return attr_remove(cfg, name);
        if (n >= sizeof(family))
                return -ENOENT;
        memcpy(family, name, n);
        family[n] = '\0';
        return attr_remove(cfg, family);
}

/* The device resource that gives this path or volume to the zone and is no hardware yet. */
static int find_given(const struct config *cfg, const char *backend)
{
        const char *volume = volume_name(backend);

        for (size_t i = 0; i < cfg->n_res; i++) {
                const struct resource *res = cfg->res[i];
                const char *match = resource_get(res, "match");

                if (strcmp(res->def->name, "device") != 0 || !match)
                        continue;
                if (strcmp(match, backend) == 0 ||
                    (volume && volume_name(match) && strcmp(volume, volume_name(match)) == 0))
                        return resource_get(res, "emulation") || resource_named(res, "property", "model")
                                   ? -EBUSY
                                   : (int)i;
        }
        return -ENOENT;
}

static int set_place(struct resource *res, const struct machine_device *d)
{
        char text[16];
        int r;

        snprintf(text, sizeof(text), "%u:%u", d->addr.slot, d->addr.function);
        r = d->role == ROLE_BOOTDISK ? resource_set(res, "boot", "true", NULL) : 0;
        return r == 0 ? resource_set(res, "pci-slot", text, NULL) : r;
}

/* nocache and sectorsize=512: the words after the path become options. */
static int set_options(struct resource *res, const struct machine_device *d, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const char *word = d->option.v[i], *value = strchr(word, '=');
                _cleanup_free_ char *name = strndup(word, value ? (size_t)(value - word) : strlen(word));
                struct member m[2] = {{(char *)"name", name},
                                      {(char *)"value", (char *)(value ? value + 1 : "")}};
                int r = name ? resource_add_tuple(res, "option", &(struct complex){m, 2}, NULL) : -ENOMEM;

                if (r < 0)
                        return r;
        }
        return 0;
}

/* The device resource that was there becomes the hardware. */
static int to_device(struct config *cfg, size_t at, const struct machine_device *d, size_t n_options)
{
        struct resource *res = cfg->res[at];
        int r = resource_set(res, "emulation", d->emulation, NULL);

        if (r == 0)
                r = set_place(res, d);
        return r == 0 ? set_options(res, d, n_options) : r;
}

/* A file that an fs resource shows to the zone: no device, a disk. */
static int to_disk(struct config *cfg, const struct machine_device *d, size_t n_options)
{
        _cleanup_(resource_freep) struct resource *res = NULL;
        bool cd = strcmp(d->emulation, "ahci-cd") == 0;
        int r;

        if (n_options > 0)
                return -EINVAL;
        res = resource_new(schema_resource("disk"));
        if (!res)
                return -ENOMEM;
        r = resource_set(res, "path", d->backend, NULL);
        if (r == 0)
                r = resource_set(res, cd ? "media" : "model", cd ? "cd" : d->emulation, NULL);
        if (r == 0)
                r = set_place(res, d);
        if (r == 0)
                r = config_add(cfg, res, NULL);
        if (r == 0)
                res = NULL;
        return r;
}

static int up_device(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        bool cd = d->role == ROLE_CDROM;
        size_t n_options = d->option.n - (cd && d->option.n > 0); /* ro comes with the model */
        int at, r;

        (void)c;
        if (!str_starts(d->where, "attr ") || !d->backend ||
            (d->role != ROLE_BOOTDISK && d->role != ROLE_DISK && !cd && d->role != ROLE_PASSTHRU))
                return -ENOENT;
        r = remove_attr_of(cfg, d);
        if (r < 0)
                return r;
        at = find_given(cfg, d->backend);
        if (at >= 0)
                return to_device(cfg, (size_t)at, d, n_options);
        if (at == -ENOENT && d->role != ROLE_PASSTHRU && shown_by_fs(cfg, d->backend))
                return to_disk(cfg, d, n_options);
        return at;
}

/* Each disk that is a resource says its model itself; an attribute that no disk looks at any more goes. */
static int drop_model(struct config *cfg, const char *attr, const char *disk)
{
        return config_attr(cfg, disk) ? -EBUSY : attr_remove(cfg, attr);
}

static int up_bootdiskif(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        (void)c;
        (void)d;
        return drop_model(cfg, "bootdiskif", "bootdisk");
}

static int up_diskif_number(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        int done = 0;

        (void)c;
        (void)d;
        for (unsigned i = 0; i < 16; i++) {
                char attr[16], disk[16];

                snprintf(attr, sizeof(attr), "diskif%u", i);
                snprintf(disk, sizeof(disk), "disk%u", i);
                done += drop_model(cfg, attr, disk) == 0;
        }
        return done ? 0 : -ENOENT;
}

static int up_diskif(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        (void)c;
        (void)d;
        return attr_remove(cfg, "diskif");
}

void convert_upgrade(struct conversion *c)
{
        static step_fn *const scalar[] = {up_ram,  up_vcpus, up_uuid, up_bootrom, up_console,
                                          up_com2, up_com3,  up_com4, up_models,  up_links};
        static step_fn *const after_disks[] = {up_bootdiskif, up_diskif_number, up_diskif};

        for (size_t i = 0; i < ARRAY_SIZE(scalar); i++)
                step(c, scalar[i], NULL);
        /* In a kvm zone, what comes behind a drive is counted from it. */
        step_devices_back(c, up_device);
        if (config_first(c->cfg, "disk") || config_first(c->cfg, "device"))
                for (size_t i = 0; i < ARRAY_SIZE(after_disks); i++)
                        step(c, after_disks[i], NULL);
}

int config_upgrade_notes(const struct config *cfg, struct problems *ret)
{
        if (!config_attr(cfg, "vcpus"))
                return 0;
        return problems_add(ret,
                            "attr vcpus stays: dedicated-cpu or capped-cpu, which could say it, would also "
                            "reserve or limit CPUs of the host");
}
