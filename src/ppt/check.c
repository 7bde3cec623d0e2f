/* Which device a name means, and whether a guest can be given it. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/inuse.h"
#include "base/strv.h"
#include "ppt/ppt.h"

#define CLASS_BRIDGE 0x06

int ppt_address(const char *text, unsigned ret[3])
{
        const char *p = str_starts(text, "pci") ? text + 3 : text;
        unsigned domain, bus, slot, function;
        int end = 0;

        if (strspn(p, "0123456789abcdefABCDEF:/.") != strlen(p))
                return -EINVAL;
        if (sscanf(p, "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) != 4)
                domain = 0;
        if (end == 0 && sscanf(p, "%3u:%2u:%1u%n", &bus, &slot, &function, &end) != 3 &&
            sscanf(p, "%3u/%2u/%1u%n", &bus, &slot, &function, &end) != 3)
                return -EINVAL;
        if (p[end] || domain != 0 || bus > 255 || slot > 31 || function > 7)
                return -EINVAL;
        ret[0] = bus;
        ret[1] = slot;
        ret[2] = function;
        return 0;
}

bool ppt_bound(const struct ppt *dev)
{
        return strcmp(dev->driver, PPT_DRIVER) == 0;
}

bool ppt_iommu(const struct ppts *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->v[i].group >= 0)
                        return true;
        return false;
}

/* The device of that name, or NULL. */
static const struct ppt *look_up(const struct ppts *list, const char *name)
{
        int number = ppt_name(name);
        char address[PPT_ADDRESS_MAX] = "";
        unsigned part[3];

        if (number < 0) {
                if (ppt_address(name, part) < 0)
                        return NULL;
                snprintf(address, sizeof(address), "0000:%02x:%02x.%x", part[0] & 0xff, part[1] & 0x1f,
                         part[2] & 7);
        }
        for (size_t i = 0; i < list->n; i++)
                if (number >= 0 ? list->v[i].number == number : strcmp(list->v[i].address, address) == 0)
                        return &list->v[i];
        return NULL;
}

static int check_iommu(const struct ppts *list, struct error *err)
{
        if (ppt_iommu(list))
                return 0;
        return error_set(err, ENOTSUP, PPT_NO_IOMMU);
}

int ppt_find(const struct ppts *list, const char *name, const struct ppt **ret, struct error *err)
{
        *ret = look_up(list, name);
        if (*ret)
                return 0;
        if (ppt_name(name) < 0)
                return error_set(err, ENODEV, "%s: this host has no such PCI device (lspci lists them)",
                                 name);
        if (check_iommu(list, err) < 0)
                return error_prefix(err, "%s", name);
        return error_set(err, ENODEV, "%s: no device of this host has this name (pptadm list -a)", name);
}

bool ppt_is_bridge(const struct ppt *dev)
{
        return dev->class >> 16 == CLASS_BRIDGE;
}

/*
 * Does the host do nothing with it that could reach the guest's memory?  As Linux has it: a bridge between
 * buses passes on what others say; these drivers leave the device to whoever owns the group.  A host bridge
 * or an ISA bridge is a function like any other.
 */
static bool is_idle(const struct ppt *dev)
{
        static const char *const drivers[] = {"", PPT_DRIVER, "pci-stub", "pcieport"};

        if (dev->header != 0)
                return true;
        for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
                if (strcmp(dev->driver, drivers[i]) == 0)
                        return true;
        return false;
}

/* Every other endpoint of the group could reach the guest's memory, or the guest it. */
static int check_group(const struct ppts *list, const struct ppt *dev, struct error *err)
{
        for (size_t i = 0; i < list->n; i++) {
                const struct ppt *other = &list->v[i];

                if (other == dev || other->group != dev->group || is_idle(other))
                        continue;
                return error_set(err, EBUSY,
                                 "shares IOMMU group %d with %s, which the host uses (driver %s): driverctl "
                                 "set-override %s " PPT_DRIVER,
                                 dev->group, other->address, other->driver, other->address);
        }
        return 0;
}

int ppt_check(const struct ppts *list, const struct ppt *dev, struct error *err)
{
        int r = check_iommu(list, err);

        if (r < 0)
                return r;
        if (ppt_is_bridge(dev))
                return error_set(err, ENOTSUP, "is a bridge, and cannot be given to a guest");
        if (dev->group < 0)
                return error_set(err, ENOTSUP, "is behind no IOMMU");
        if (!ppt_bound(dev))
                return error_set(err, EBUSY,
                                 "%s%s, and not bound to " PPT_DRIVER
                                 ": driverctl set-override %s " PPT_DRIVER,
                                 *dev->driver ? "is used by the host's driver " : "has no driver",
                                 dev->driver, dev->address);
        return check_group(list, dev, err);
}

bool ppt_given(const struct config *cfg, const struct ppts *list, const struct ppt *dev)
{
        static const char *const resources[] = {"device", "pci"};
        char name[16];

        snprintf(name, sizeof(name), "/dev/ppt%d", dev->number);
        for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
                const struct resource *res = NULL;

                while ((res = config_next(cfg, resources[i], res))) {
                        const char *match = resource_get(res, "match");

                        if (match && (look_up(list, match) == dev ||
                                      (dev->number >= 0 && fnmatch(match, name, FNM_PATHNAME) == 0)))
                                return true;
                }
        }
        return false;
}

int ppt_for_zone(const struct config *cfg, const struct ppts *list, const char *name, const struct ppt **ret,
                 struct error *err)
{
        const struct ppt *dev;
        int r = ppt_find(list, name, &dev, err);

        if (r < 0)
                return r;
        if (!ppt_given(cfg, list, dev))
                return error_set(
                    err, EPERM,
                    "%s: not given to the zone by a device resource (zonecfg: add device; set match=%s; end)",
                    name, name);
        r = ppt_check(list, dev, err);
        if (r < 0)
                return strstr(name, dev->address) ? error_prefix(err, "%s", name)
                                                  : error_prefix(err, "%s (%s)", name, dev->address);
        if (ret)
                *ret = dev;
        return 0;
}

int ppt_lock(const struct root *root, const struct ppt *dev, const char *zone, int *ret_fd, struct error *err)
{
        char name[32], what[64];

        snprintf(name, sizeof(name), "group-%d", dev->group);
        snprintf(what, sizeof(what), "%s (IOMMU group %d)", dev->address, dev->group);
        return inuse_lock(root, ZONES_RUN "/pci", name, zone, what, ret_fd, err);
}
