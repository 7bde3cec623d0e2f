/*
 * Resources to attributes.  What has no attribute stays for check_lossless to name, and so does what an
 * attribute would put at another place.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "convert/internal.h"

/* The attribute says what the machine has, as the hypervisor will read it. */
static int down_ram(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        int r = only_set(cfg, "capped-memory", "guest", NULL);

        (void)d;
        if (r == 0 && !config_attr(cfg, "ram"))
                r = attr_add(cfg, "ram", c->machine->ram);
        return r;
}

/* illumos does not derive the number of virtual CPUs from the CPUs that the zone may use. */
static int down_vcpus(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        unsigned min, max;
        uint64_t cap;

        (void)d;
        if (config_attr(cfg, "vcpus") ||
            (config_dedicated_cpu(cfg, &min, &max) < 0 && config_rctl(cfg, "cpu-cap", &cap) < 0))
                return -ENOENT;
        return attr_add(cfg, "vcpus", c->machine->vcpus);
}

static int down_uuid(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        const char *global = config_global(cfg, "uuid");
        int r;

        (void)c;
        (void)d;
        if (!global)
                return -ENOENT;
        r = config_attr(cfg, "uuid") ? 0 : attr_add(cfg, "uuid", global);
        return r == 0 ? config_clear_global(cfg, "uuid", NULL) : r;
}

/* A property of lpc to the attribute of that name, or the console's. */
static int from_lpc(struct config *cfg, const char *prop, const char *attr)
{
        const struct resource *lpc = config_first(cfg, "lpc");
        const char *value = lpc ? resource_get(lpc, prop) : NULL;
        int r;

        if (!value)
                return -ENOENT;
        r = config_attr(cfg, prop) || config_attr(cfg, attr) ? 0 : attr_add(cfg, attr, value);
        return r == 0 ? only_set(cfg, "lpc", prop, NULL) : r;
}

#define FROM_LPC(prop, attr)                                                                                 \
        static int down_##prop(const struct conversion *c, struct config *cfg,                               \
                               const struct machine_device *d)                                               \
        {                                                                                                    \
                (void)c;                                                                                     \
                (void)d;                                                                                     \
                return from_lpc(cfg, #prop, attr);                                                           \
        }
FROM_LPC(bootrom, "bootrom")
FROM_LPC(com1, "console")
FROM_LPC(com2, "com2")
FROM_LPC(com3, "com3")
FROM_LPC(com4, "com4")

/* ---- links ------------------------------------------------------------------------------------------- */

/* The VLAN of a vnic under the name that version 1 has for it; two that differ are for verify to tell. */
static int down_vlan(struct resource *net)
{
        const char *vlan = resource_get(net, "vlan"), *vlan_id = resource_get(net, "vlan-id");
        int r = vlan && !vlan_id ? resource_set(net, "vlan-id", vlan, NULL) : 0;

        if (r < 0 || !vlan || (vlan_id && strcmp(vlan, vlan_id) != 0))
                return r;
        return resource_clear(net, "vlan", NULL);
}

static int down_links(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        int done = 0, r = 0;

        (void)c;
        (void)d;
        for (size_t i = 0; i < cfg->n_res && r == 0; i++) {
                struct resource *net = cfg->res[i];
                const char *vnic = resource_get(net, "virtual");

                if (strcmp(net->def->name, "net") != 0 || !vnic || resource_get(net, "global-nic"))
                        continue;
                r = resource_set(net, "global-nic", str_empty(resource_get(net, "physical")), NULL);
                if (r == 0)
                        r = resource_set(net, "physical", vnic, NULL);
                if (r == 0)
                        r = resource_clear(net, "virtual", NULL);
                if (r == 0)
                        r = down_vlan(net);
                done++;
        }
        return r < 0 ? r : done ? 0 : -ENOENT;
}

/* Places that the attributes' numbering gives as well. */
static int down_net_places(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        int done = 0;

        (void)c;
        (void)d;
        for (size_t i = 0; i < cfg->n_res; i++)
                if (strcmp(cfg->res[i]->def->name, "net") == 0 && resource_get(cfg->res[i], "pci-slot"))
                        done += resource_clear(cfg->res[i], "pci-slot", NULL) == 0;
        return done ? 0 : -ENOENT;
}

/* One attribute when all adapters have the same model. */
static int down_one_model(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        const char *model = NULL;
        int r = config_attr(cfg, "netif") ? -EBUSY : 0;

        (void)c;
        (void)d;
        for (size_t i = 0; i < cfg->n_res && r == 0; i++) {
                const char *own = resource_get(cfg->res[i], "model");

                if (strcmp(cfg->res[i]->def->name, "net") != 0)
                        continue;
                if (!own || (model && strcmp(own, model) != 0))
                        return -ENOENT;
                model = own;
        }
        if (r == 0)
                r = model ? attr_add(cfg, "netif", model) : -ENOENT;
        for (size_t i = 0; i < cfg->n_res && r == 0; i++)
                if (strcmp(cfg->res[i]->def->name, "net") == 0)
                        r = resource_clear(cfg->res[i], "model", NULL);
        return r;
}

static int down_own_models(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        int done = 0, r = 0;

        (void)c;
        (void)d;
        for (size_t i = 0; i < cfg->n_res && r == 0; i++) {
                struct resource *net = cfg->res[i];
                const char *model = resource_get(net, "model");
                struct member m[2] = {{(char *)"name", (char *)"netif"}, {(char *)"value", (char *)model}};

                if (strcmp(net->def->name, "net") != 0 || !model)
                        continue;
                if (!resource_named(net, "property", "netif"))
                        r = resource_add_tuple(net, "property", &(struct complex){m, 2}, NULL);
                if (r == 0)
                        r = resource_clear(net, "model", NULL);
                done++;
        }
        return r < 0 ? r : done ? 0 : -ENOENT;
}

/* ---- disks and passed-through devices ------------------------------------------------------------------ */

/* A device that the guest does not see needs no word for that. */
static int down_none(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        int done = 0;

        (void)c;
        (void)d;
        for (size_t i = 0; i < cfg->n_res; i++)
                if (streq_null(resource_get(cfg->res[i], "emulation"), "none"))
                        done += resource_clear(cfg->res[i], "emulation", NULL) == 0;
        return done ? 0 : -ENOENT;
}

/* The attribute whose number gives that place, and the one that says the model; false if there is none. */
static bool attr_of_place(const struct machine_device *d, char name[16], char model[16])
{
        unsigned slot = d->addr.slot, f = d->addr.function;

        if (d->addr.bus != 0)
                return false;
        model[0] = '\0';
        if (d->role == ROLE_BOOTDISK) {
                snprintf(name, 16, "bootdisk");
                snprintf(model, 16, "bootdiskif");
        } else if (d->role == ROLE_DISK && (slot == 5 || slot == 8)) {
                snprintf(name, 16, "disk%u", slot == 5 ? f : f + 8);
                snprintf(model, 16, "diskif%u", slot == 5 ? f : f + 8);
        } else if (d->role == ROLE_CDROM) {
                /* Who has one only, as most have, writes it without a number. */
                if (f == 0)
                        snprintf(name, 16, "cdrom");
                else
                        snprintf(name, 16, "cdrom%u", f);
        } else if (d->role == ROLE_PASSTHRU && str_starts(d->backend, "/dev/ppt")) {
                snprintf(name, 16, "%.*s", 15, d->backend + strlen("/dev/"));
        } else {
                return false;
        }
        return true;
}

/* PATH[,option...]; the ro of a cd comes with the attribute. */
static int add_disk_attr(struct config *cfg, const char *name, const struct machine_device *d)
{
        _cleanup_free_ char *value = NULL;
        struct strbuf b = {0};
        bool zvol = str_starts(d->backend, MACHINE_ZVOL_DIR);

        strbuf_puts(&b, d->backend + (zvol ? strlen(MACHINE_ZVOL_DIR) : 0));
        for (size_t i = d->role == ROLE_CDROM; i < d->option.n; i++)
                strbuf_printf(&b, ",%s", d->option.v[i]);
        value = strbuf_take(&b);
        return value ? attr_add(cfg, name, value) : -ENOMEM;
}

static int add_attrs(struct config *cfg, const struct machine_device *d)
{
        char name[16], model[16], slot[16];
        int r;

        if (!attr_of_place(d, name, model))
                return -ENOENT;
        if (config_attr(cfg, name) || (model[0] && config_attr(cfg, model)))
                return -EBUSY;
        if (d->role == ROLE_PASSTHRU) {
                snprintf(slot, sizeof(slot), "slot%u", d->addr.function);
                return attr_add(cfg, name, slot);
        }
        r = add_disk_attr(cfg, name, d);
        return r == 0 && model[0] ? attr_add(cfg, model, d->emulation) : r;
}

/* The resource behind "device /dev/x" or "disk tank/x". */
static int find_hardware(const struct config *cfg, const struct machine_device *d, bool *ret_disk)
{
        *ret_disk = str_starts(d->where, "disk ");
        if (*ret_disk)
                return find_by(cfg, "disk", "path", d->where + strlen("disk "));
        return str_starts(d->where, "device ") ? find_by(cfg, "device", "match", d->where + strlen("device "))
                                               : -ENOENT;
}

/* Takes a disk resource away; unless an fs shows the file, a device gives it to the zone from now on. */
static int disk_to_given(struct config *cfg, size_t at, const char *backend)
{
        _cleanup_(resource_freep) struct resource *res = NULL;
        int r;

        if (resource_prop(cfg->res[at], "property") || cfg->res[at]->extra)
                return -EBUSY;
        config_remove_at(cfg, at);
        if (shown_by_fs(cfg, backend) || find_by(cfg, "device", "match", backend) >= 0)
                return 0;
        res = resource_new(schema_resource("device"));
        if (!res)
                return -ENOMEM;
        r = resource_set(res, "match", backend, NULL);
        if (r == 0)
                r = config_add(cfg, res, NULL);
        if (r == 0)
                res = NULL;
        return r;
}

static int device_to_given(struct resource *res)
{
        static const char *const additions[] = {"emulation", "boot", "pci-slot", "option"};

        /* An option that the machine did not take has no place in the attribute. */
        for (size_t i = 0; i < ARRAY_SIZE(additions); i++)
                if (resource_prop(res, additions[i]) && resource_clear(res, additions[i], NULL) < 0)
                        return -EINVAL;
        return 0;
}

static int to_attrs(const struct conversion *c, struct config *cfg, const struct machine_device *d,
                    bool say_serial)
{
        bool disk;
        int at = find_hardware(cfg, d, &disk), r;

        if (at < 0)
                return at;
        if (!disk && !resource_get(cfg->res[at], "emulation"))
                return -ENOENT; /* SmartOS describes its hardware with properties; they are of version 1 */
        r = c->machine->kvm ? kvm_disk_attr(cfg, d, say_serial) : add_attrs(cfg, d);
        if (r < 0)
                return r;
        return disk ? disk_to_given(cfg, (size_t)at, d->backend) : device_to_given(cfg->res[at]);
}

static int down_device(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        return to_attrs(c, cfg, d, false);
}

static int down_device_serial(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        return c->machine->kvm ? to_attrs(c, cfg, d, true) : -ENOENT;
}

/* Every disk has an attribute for its model now; one for all, or one and the boot disk's, reads better. */
static int fold_models(struct config *cfg, bool with_boot)
{
        const char *boot = config_attr(cfg, "bootdiskif"), *model;
        char name[16], found[64] = "";
        int r = config_attr(cfg, "diskif") ? -EBUSY : 0, done = 0;

        if (with_boot && boot)
                snprintf(found, sizeof(found), "%s", boot);
        for (unsigned i = 0; i < 16 && r == 0; i++) {
                snprintf(name, sizeof(name), "diskif%u", i);
                model = config_attr(cfg, name);
                if (!model)
                        continue;
                if (*found && strcmp(found, model) != 0)
                        return -ENOENT;
                snprintf(found, sizeof(found), "%s", model);
                r = attr_remove(cfg, name);
                done++;
        }
        if (r == 0 && with_boot && boot) {
                r = attr_remove(cfg, "bootdiskif");
                done++;
        }
        if (r < 0 || !done)
                return r < 0 ? r : -ENOENT;
        return strcmp(found, "virtio-blk") == 0 ? 0 : attr_add(cfg, "diskif", found);
}

static int down_fold_all(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        (void)c;
        (void)d;
        return fold_models(cfg, true);
}

static int down_fold_disks(const struct conversion *c, struct config *cfg, const struct machine_device *d)
{
        (void)c;
        (void)d;
        return fold_models(cfg, false);
}

void convert_downgrade(struct conversion *c)
{
        static step_fn *const scalar[] = {
            down_ram,  down_vcpus, down_uuid,      down_bootrom,    down_com1,       down_com2, down_com3,
            down_com4, down_links, down_one_model, down_own_models, down_net_places, down_none};

        for (size_t i = 0; i < ARRAY_SIZE(scalar); i++)
                step(c, scalar[i], NULL);
        for (size_t i = 0; i < c->machine->n_device; i++)
                if (!step(c, down_device, &c->machine->device[i]))
                        step(c, down_device_serial, &c->machine->device[i]);
        if (!step(c, down_fold_all, NULL))
                step(c, down_fold_disks, NULL);
}
