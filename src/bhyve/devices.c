/* Reads devices and their back ends out of the tree; what is wrong with one is said with its name in front.
 */
#include "bhyve/devices.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "bhyve/parse.h"

int get_bool(const struct bconf *c, const char *name, bool def, bool *ret, struct error *err)
{
        int r = bconf_bool(c, name, def);

        if (r < 0)
                return error_set(err, EINVAL, "Invalid value %s for boolean variable %s", bconf_get(c, name),
                                 name);
        *ret = r;
        return 0;
}

/* ---- the list of devices --------------------------------------------------------------------------------
 */

static bool read_number(const char *text, unsigned max, unsigned *ret)
{
        uint64_t n;

        if (!number_parse(text, max, &n))
                return false;
        *ret = (unsigned)n;
        return true;
}

/* -s turns some words into a device and what is plugged into it; as a device they would have nothing. */
static int check_word(const struct pci_dev *dev, struct error *err)
{
        if (strcmp(dev->device, "ahci-hd") == 0 || strcmp(dev->device, "ahci-cd") == 0)
                return error_set(err, EINVAL,
                                 "%s: %s is a word of -s; the variables are device=ahci and port.0.type=%s",
                                 dev->node, dev->device, dev->device + strlen("ahci-"));
        return 0;
}

static int add_device(const struct bconf *c, struct pci_devs *list, struct pci_dev address, struct error *err)
{
        struct pci_dev *grown, *dev;

        grown = reallocarray(list->v, list->n + 1, sizeof(*grown));
        if (!grown)
                return error_nomem(err);
        list->v = grown;
        dev = &grown[list->n++];
        *dev = address;
        snprintf(dev->node, sizeof(dev->node), "pci.%u.%u.%u", dev->bus, dev->slot, dev->func);
        dev->device = bconf_getf(c, "%s.device", dev->node);
        if (!dev->device)
                return error_set(err, EINVAL, "%s: the variable device is missing", dev->node);
        if (!device_known(dev->device))
                return error_set(err, EINVAL, "pci slot %u:%u:%u: unknown device \"%s\"", dev->bus, dev->slot,
                                 dev->func, dev->device);
        return check_word(dev, err);
}

/* Walks pci.BUS.SLOT.FUNCTION; level is the number of address parts that node holds already. */
static int walk(const struct bconf *c, const char *node, unsigned level, struct pci_dev address,
                struct pci_devs *list, struct error *err)
{
        static const unsigned max[] = {255, 31, 7};
        const char *name;
        int r = 0;

        for (size_t i = 0; r == 0 && (name = bconf_child(c, node, i)); i++) {
                char child[300];
                unsigned *part[] = {&address.bus, &address.slot, &address.func};

                if (snprintf(child, sizeof(child), "%s.%s", node, name) > 255)
                        return error_set(err, EINVAL, "%s: name too long", node);
                if (bconf_get(c, child))
                        continue; /* pci.enable_bars and the like */
                if (!read_number(name, max[level], part[level]))
                        return error_set(err, EINVAL, "%s: not a PCI address", child);
                r = level == 2 ? add_device(c, list, address, err)
                               : walk(c, child, level + 1, address, list, err);
        }
        return r;
}

static int by_address(const void *a, const void *b)
{
        const struct pci_dev *x = a, *y = b;
        unsigned p = x->bus << 8 | x->slot << 3 | x->func, q = y->bus << 8 | y->slot << 3 | y->func;

        return (p > q) - (p < q);
}

int pci_collect(const struct bconf *c, struct pci_devs *ret, struct error *err)
{
        struct pci_devs list = {0};
        int r;

        r = walk(c, "pci", 0, (struct pci_dev){0}, &list, err);
        if (r < 0) {
                pci_devs_free(&list);
                return r;
        }
        if (list.n > 0)
                qsort(list.v, list.n, sizeof(*list.v), by_address);
        *ret = list;
        return 0;
}

void pci_devs_free(struct pci_devs *d)
{
        free(d->v);
        *d = (struct pci_devs){0};
}

/* ---- disks ----------------------------------------------------------------------------------------------
 */

static int disk_flag(const struct bconf *c, const char *node, const char *key, bool *ret, struct error *err)
{
        char name[64];
        bool value = false;
        int r;

        snprintf(name, sizeof(name), "%s.%s", node, key);
        r = get_bool(c, name, false, &value, err);
        if (r == 0)
                *ret |= value;
        return r;
}

int bootindex_read(const struct bconf *c, const char *node, int *ret, struct error *err)
{
        const char *value = bconf_getf(c, "%s.bootindex", node);
        unsigned index;

        *ret = -1;
        if (!value)
                return 0;
        if (!read_number(value, 9999, &index))
                return error_set(err, EINVAL, "%s: invalid bootindex '%s'", node, value);
        *ret = (int)index;
        return 0;
}

static int read_options(const struct bconf *c, const char *node, struct disk *ret, struct error *err)
{
        int r;

        r = disk_flag(c, node, "ro", &ret->ro, err);
        if (r == 0)
                r = disk_flag(c, node, "nocache", &ret->nocache, err);
        if (r == 0)
                r = disk_flag(c, node, "sync", &ret->sync, err);
        if (r == 0)
                r = disk_flag(c, node, "direct", &ret->sync, err);
        if (r == 0)
                r = disk_flag(c, node, "nodelete", &ret->nodelete, err);
        return r < 0 ? r : bootindex_read(c, node, &ret->bootindex, err);
}

int disk_read(const struct bconf *c, const char *node, const char *id, bool cd, struct disk *ret,
              struct error *err)
{
        *ret = (struct disk){.path = bconf_getf(c, "%s.path", node), .cd = cd, .ro = cd, .bootindex = -1};
        snprintf(ret->node, sizeof(ret->node), "%s", node);
        snprintf(ret->id, sizeof(ret->id), "%s", id);
        if (!ret->path && !cd)
                return error_set(err, EINVAL, "%s: the path is missing", node);
        return read_options(c, node, ret, err);
}

int nvme_read(const struct bconf *c, const char *node, const char *id, struct disk *ret, struct error *err)
{
        const char *ram = bconf_getf(c, "%s.ram", node), *dsm = bconf_getf(c, "%s.dsm", node);
        uint64_t bytes;
        int r;

        if (dsm && strcmp(dsm, "auto") != 0 && strcmp(dsm, "enable") != 0 && strcmp(dsm, "disable") != 0)
                return error_set(err, EINVAL, "%s: nvme: dsm is auto, enable or disable, not '%s'", node,
                                 dsm);
        if (ram && (strchr(ram, ':') || bhyve_memory_disk_size(ram, &bytes) < 0))
                return error_set(err, EINVAL, "%s: nvme: invalid ram '%s': a number of MiB is needed", node,
                                 ram);
        if (ram && bconf_getf(c, "%s.path", node))
                return error_set(err, EINVAL, "%s: nvme: %s and ram=%s: a disk is a path or memory", node,
                                 bconf_getf(c, "%s.path", node), ram);
        if (ram) {
                *ret = (struct disk){.memory = true, .bootindex = -1};
                snprintf(ret->node, sizeof(ret->node), "%s", node);
                snprintf(ret->id, sizeof(ret->id), "%s", id);
                snprintf(ret->memory_path, sizeof(ret->memory_path), "%s:%.7s", node, ram);
                ret->path = ret->memory_path;
                r = read_options(c, node, ret, err);
        } else {
                r = disk_read(c, node, id, false, ret, err);
        }
        ret->nodelete |= dsm && strcmp(dsm, "disable") == 0;
        return r;
}

int scsi_read(const struct bconf *c, const struct pci_dev *dev, struct disk *ret, unsigned *ret_id,
              struct error *err)
{
        const char *target = bconf_getf(c, "%s.target", dev->node), *rest = target;
        uint64_t id;

        *ret = (struct disk){.path = target, .bootindex = -1};
        *ret_id = 0;
        if (!target)
                return error_set(err, ENOTSUP,
                                 "%s: virtio-scsi: FreeBSD's CTL is not on this host; use target=[ID:]PATH",
                                 dev->node);
        snprintf(ret->node, sizeof(ret->node), "%s", dev->node);
        snprintf(ret->id, sizeof(ret->id), "%s-disk", dev->node);
        if (*target != '/' && strchr(target, ':')) {
                if (!number_take(&rest, 255, &id) || *rest != ':')
                        return error_set(err, EINVAL, "%s: invalid target '%s'", dev->node, target);
                *ret_id = (unsigned)id;
                ret->path = rest + 1;
        }
        return read_options(c, dev->node, ret, err);
}

enum need_kind disk_need(const struct disk *disk)
{
        return disk->memory ? NEED_MEMORY : disk->ro ? NEED_DISK_RO : NEED_DISK;
}

int ahci_each(const struct bconf *c, const struct pci_dev *dev,
              int (*fn)(const struct pci_dev *dev, unsigned port, const struct disk *disk, void *arg),
              void *arg, struct error *err)
{
        for (unsigned port = 0; port < 32; port++) {
                const char *type = bconf_getf(c, "%s.port.%u.type", dev->node, port);
                char node[40], id[32];
                struct disk disk;
                int r;

                if (!type)
                        continue;
                snprintf(node, sizeof(node), "%s.port.%u", dev->node, port);
                snprintf(id, sizeof(id), "%s-port%u", dev->node, port);
                if (strcmp(type, "hd") != 0 && strcmp(type, "cd") != 0)
                        return error_set(err, EINVAL, "%s: type is hd or cd, not '%s'", node, type);
                r = disk_read(c, node, id, *type == 'c', &disk, err);
                disk.ata = true;
                if (r == 0)
                        r = fn(dev, port, &disk, arg);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- links, serial lines, host devices ------------------------------------------------------------------
 */

bool mac_valid(const char *text)
{
        for (size_t i = 0; i < 17; i++)
                if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
                        return false;
        /* The lowest bit of the first octet marks a group, and nobody has the address of zeros (IEEE 802). */
        return text[17] == '\0' && strchr("02468aceACE", text[1]) && strcmp(text, "00:00:00:00:00:00") != 0;
}

bool is_net(const char *device)
{
        return strcmp(device, "virtio-net") == 0 || strcmp(device, "virtio-net-viona") == 0 ||
               strcmp(device, "e1000") == 0;
}

const char *net_link_name(const struct bconf *c, const struct pci_dev *dev)
{
        const char *vnic = bconf_getf(c, "%s.vnic", dev->node);

        return vnic ? vnic : bconf_getf(c, "%s.backend", dev->node);
}

int serial_read(const char *device, const char *value, struct serial *ret, struct error *err)
{
        if (strcmp(value, "/dev/zconsole") == 0 || strcmp(value, "/dev/console") == 0)
                *ret = (struct serial){SERIAL_CONSOLE, value};
        else if (strcmp(value, "stdio") == 0)
                *ret = (struct serial){SERIAL_STDIO, value};
        else if (str_starts(value, "tcp="))
                *ret = (struct serial){SERIAL_TCP, value + 4};
        else if (str_starts(value, "socket,"))
                *ret = (struct serial){SERIAL_SOCKET, value + 7};
        else if (str_starts(value, "/dev/nmdm"))
                return error_set(err, ENOTSUP, "%s: %s: null-modem devices are FreeBSD's; use socket,PATH",
                                 device, value);
        else if (*value == '/')
                *ret = (struct serial){SERIAL_TTY, value};
        else
                return error_set(err, EINVAL, "%s: invalid serial line '%s'", device, value);

        if (ret->kind == SERIAL_SOCKET && (*ret->path != '/' || strchr(ret->path, ',')))
                return error_set(err, EINVAL,
                                 "%s: invalid socket '%s': it is an absolute path with nothing after it",
                                 device, ret->path);
        return 0;
}

int passthru_name(const struct bconf *c, const struct pci_dev *dev, char ret[256], struct error *err)
{
        static const char *const keys[] = {"path", "pptdev"};
        const char *bus = bconf_getf(c, "%s.bus", dev->node), *slot = bconf_getf(c, "%s.slot", dev->node),
                   *func = bconf_getf(c, "%s.func", dev->node);
        unsigned b, s, f;

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                const char *name = bconf_getf(c, "%s.%s", dev->node, keys[i]);

                if (name) {
                        snprintf(ret, 256, "%s", name);
                        return 0;
                }
        }
        if (!bus || !slot || !func || !read_number(bus, 255, &b) || !read_number(slot, 31, &s) ||
            !read_number(func, 7, &f))
                return error_set(err, EINVAL, "%s: passthru does not name a host device", dev->node);
        snprintf(ret, 256, "%u/%u/%u", b, s, f);
        return 0;
}
