/* Lists what a machine needs opened: firmware, serial lines, then the devices by PCI address, then the TPM.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "bhyve/devices.h"

struct list {
        struct needs *needs;
        const struct bconf *c;
        struct error *err;
        struct strv lines; /* what has one other end, and behind each who has it */
};

/* A socket is a name in a directory. */
static int socket_name(const char *path, const char *device, char ret[PATH_MAX], struct error *err)
{
        const char *slash = strrchr(path, '/');

        if (slash && (!slash[1] || strcmp(slash, "/.") == 0 || strcmp(slash, "/..") == 0))
                return error_set(err, EINVAL, "%s: %s: a directory, and a socket needs a name in one", device,
                                 path);
        if (path_plain(path, ret, PATH_MAX) == -ENAMETOOLONG)
                return error_set(err, EINVAL, "%s: the path of a socket has at most %d bytes", device,
                                 PATH_MAX - 1);
        return 0;
}

/* The console, standard input and output, a socket: one device can have it. */
static int add_line(struct list *l, const char *line, const char *device)
{
        char plain[PATH_MAX];
        int r = *line == '/' ? socket_name(line, device, plain, l->err) : 0;

        if (r < 0)
                return r;
        line = *line == '/' ? plain : line;
        for (size_t i = 0; i < l->lines.n; i += 2)
                if (strcmp(l->lines.v[i], line) == 0)
                        return error_set(l->err, EINVAL, "%s: %s: %s has it already", device, line,
                                         l->lines.v[i + 1]);
        strv_add(&l->lines, line);
        strv_add(&l->lines, device);
        return l->lines.failed ? error_nomem(l->err) : 0;
}

static int add(struct list *l, enum need_kind kind, const char *path, const char *device, bool direct)
{
        struct need *grown = reallocarray(l->needs->need, l->needs->n + 1, sizeof(*grown));
        struct need *need;

        if (!grown)
                return error_nomem(l->err);
        l->needs->need = grown;
        need = &grown[l->needs->n++];
        *need = (struct need){
            .kind = kind,
            .path = strdup(path),
            .device = strdup(device),
            .direct = direct,
            .net = -1,
        };
        return need->path && need->device ? 0 : error_nomem(l->err);
}

static int add_serial(struct list *l, const char *device, const char *value)
{
        static const enum need_kind kinds[] = {NEED_CONSOLE, NEED_SOCKET, NEED_TTY};
        struct serial serial;
        int r;

        r = serial_read(device, value, &serial, l->err);
        if (r == 0 && serial.kind != SERIAL_TTY)
                r = add_line(l, serial.kind == SERIAL_CONSOLE ? "/dev/zconsole" : serial.path, device);
        if (r < 0 || serial.kind == SERIAL_STDIO || serial.kind == SERIAL_TCP)
                return r;
        return add(l, kinds[serial.kind], serial.path, device, false);
}

static int add_disk(struct list *l, const struct disk *disk, const char *device)
{
        if (!disk->path)
                return 0;
        return add(l, disk_need(disk), disk->path, device, disk->nocache);
}

static int add_port(const struct pci_dev *dev, unsigned port, const struct disk *disk, void *arg)
{
        (void)port;
        return add_disk(arg, disk, dev->node);
}

static int add_block(struct list *l, const struct pci_dev *dev)
{
        struct disk disk;
        int r;

        r = strcmp(dev->device, "nvme") == 0 ? nvme_read(l->c, dev->node, dev->node, &disk, l->err)
                                             : disk_read(l->c, dev->node, dev->node, false, &disk, l->err);
        return r < 0 ? r : add_disk(l, &disk, dev->node);
}

static int add_scsi(struct list *l, const struct pci_dev *dev)
{
        struct disk disk;
        unsigned id;
        int r;

        r = scsi_read(l->c, dev, &disk, &id, l->err);
        return r < 0 ? r : add_disk(l, &disk, dev->node);
}

static int add_net(struct list *l, const struct pci_dev *dev)
{
        const char *link = net_link_name(l->c, dev), *number = bconf_getf(l->c, "%s.zonecfg-net", dev->node);
        uint64_t n = 0;
        int r;

        if (!link)
                return error_set(l->err, EINVAL, "%s: the link is missing", dev->node);
        r = add(l, NEED_NET, link, dev->node, false);
        if (r < 0)
                return r;
        l->needs->need[l->needs->n - 1].own = is_user_link(l->c, dev, link);
        if (number && !number_parse(number, INT16_MAX, &n))
                return error_set(l->err, EINVAL, "%s: invalid net '%s'", dev->node, number);
        if (number)
                l->needs->need[l->needs->n - 1].net = (int)n;
        return 0;
}

static int add_ports(struct list *l, const struct pci_dev *dev)
{
        const char *path;
        int r = 0;

        for (unsigned i = 0; r == 0 && (path = bconf_getf(l->c, "%s.port.%u.path", dev->node, i)); i++) {
                r = add_line(l, path, dev->node);
                if (r == 0)
                        r = add(l, NEED_SOCKET, path, dev->node, false);
        }
        return r;
}

static int add_passthru(struct list *l, const struct pci_dev *dev)
{
        const char *rom = bconf_getf(l->c, "%s.rom", dev->node);
        char name[256];
        int r;

        r = passthru_name(l->c, dev, name, l->err);
        if (r == 0)
                r = add(l, NEED_PCI, name, dev->node, false);
        return r < 0 || !rom ? r : add(l, NEED_PCI_ROM, rom, dev->node, false);
}

static int add_share(struct list *l, const struct pci_dev *dev, const char *path)
{
        char name[64];
        bool ro;
        int r;

        snprintf(name, sizeof(name), "%s.ro", dev->node);
        r = get_bool(l->c, name, false, &ro, l->err);
        return r < 0 ? r : add(l, ro ? NEED_DIR_RO : NEED_DIR, path, dev->node, false);
}

static int add_screen(struct list *l, const struct pci_dev *dev)
{
        const char *path = bconf_getf(l->c, "%s.unix", dev->node);
        const char *tcp = bconf_getf(l->c, "%s.tcp", dev->node);
        char vnc[40], wait[40];
        bool on = true, waits;
        int r;

        snprintf(vnc, sizeof(vnc), "%s.vnc", dev->node);
        snprintf(wait, sizeof(wait), "%s.wait", dev->node);
        r = get_bool(l->c, wait, false, &waits, l->err);
        if (r == 0)
                r = get_bool(l->c, vnc, true, &on, l->err);
        if (r < 0 || !on)
                return r;
        if (!path && !tcp)
                path = BHYVE_VNC_SOCKET;
        r = path ? add_line(l, path, dev->node) : 0;
        return r < 0 ? r : add(l, NEED_VNC, path ? path : tcp, dev->node, false);
}

static int add_device(struct list *l, const struct pci_dev *dev)
{
        const char *device = dev->device, *path = bconf_getf(l->c, "%s.path", dev->node);

        if (is_net(device))
                return add_net(l, dev);
        if (strcmp(device, "virtio-blk") == 0 || strcmp(device, "nvme") == 0)
                return add_block(l, dev);
        if (strcmp(device, "ahci") == 0 || strcmp(device, "ide") == 0)
                return ahci_each(l->c, dev, add_port, l, l->err);
        if (strcmp(device, "virtio-scsi") == 0)
                return add_scsi(l, dev);
        if (strcmp(device, "virtio-9p") == 0 && path)
                return add_share(l, dev, path);
        if (strcmp(device, "virtio-console") == 0)
                return add_ports(l, dev);
        if (strcmp(device, "virtio-input") == 0 && path)
                return add(l, NEED_TTY, path, dev->node, false);
        if (strcmp(device, "uart") == 0 && path)
                return add_serial(l, dev->node, path);
        if (strcmp(device, "fbuf") == 0)
                return add_screen(l, dev);
        return strcmp(device, "passthru") == 0 ? add_passthru(l, dev) : 0;
}

static int add_firmware(struct list *l)
{
        const char *bootrom = bconf_get(l->c, "bootrom"), *vars = bconf_get(l->c, "bootvars");
        int r = bhyve_firmware_check(bootrom, l->err);

        if (r < 0 || !bhyve_firmware_is_uefi(bootrom))
                return r;
        r = add(l, NEED_ROM, bhyve_firmware_code(bootrom), "bootrom", false);
        return r < 0 || !vars ? r : add(l, NEED_VARS, vars, "bootvars", false);
}

static int add_all(struct list *l)
{
        _cleanup_(pci_devs_free) struct pci_devs devs = {0};
        const char *tpm = bconf_get(l->c, "tpm.path");
        int r;

        r = add_firmware(l);
        for (unsigned i = 1; r == 0 && i <= 4; i++) {
                const char *value = bconf_getf(l->c, "lpc.com%u.path", i);
                char device[8];

                snprintf(device, sizeof(device), "com%u", i);
                r = value ? add_serial(l, device, value) : 0;
        }
        if (r == 0)
                r = pci_collect(l->c, &devs, l->err);
        for (size_t i = 0; r == 0 && i < devs.n; i++)
                r = add_device(l, &devs.v[i]);
        if (r == 0 && bconf_get(l->c, "gdb.port"))
                r = add_line(l, BHYVE_GDB_SOCKET, "gdb");
        if (r == 0 && bconf_get(l->c, "gdb.port"))
                r = add(l, NEED_SOCKET, BHYVE_GDB_SOCKET, "gdb", false);
        if (r == 0 && tpm)
                r = add(l, NEED_TPM, tpm, "tpm", false);
        return r;
}

static bool is_socket(const struct need *need)
{
        return (need->kind == NEED_SOCKET || need->kind == NEED_VNC) && need->path[0] == '/';
}

/* What is a file of the machine cannot be a socket of it as well. */
static int check_files(const struct needs *needs, const struct need *socket, struct error *err)
{
        char name[PATH_MAX], path[PATH_MAX];
        int r = socket_name(socket->path, socket->device, name, err);

        for (size_t i = 0; r == 0 && i < needs->n; i++) {
                const struct need *need = &needs->need[i];

                if ((need->kind == NEED_VARS || need->kind == NEED_DISK || need->kind == NEED_DISK_RO ||
                     need->kind == NEED_TTY) &&
                    path_plain(need->path, path, sizeof(path)) == 0 && strcmp(path, name) == 0)
                        return error_set(err, EINVAL, "%s: %s: %s has it already", socket->device,
                                         socket->path, need->device);
        }
        return r;
}

static int check_sockets(const struct needs *needs, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < needs->n; i++)
                if (is_socket(&needs->need[i]))
                        r = check_files(needs, &needs->need[i], err);
        return r;
}

int bhyve_needs(const struct bconf *c, struct needs *ret, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *plain = NULL;
        struct list l = {.needs = ret, .err = err};
        int r;

        *ret = (struct needs){0};
        r = bconf_expand(c, &plain, err);
        if (r < 0)
                return r;
        l.c = plain;
        r = add_all(&l);
        if (r == 0)
                r = check_sockets(ret, err);
        strv_free(&l.lines);
        if (r < 0)
                needs_free(ret);
        return r;
}

void needs_free(struct needs *n)
{
        for (size_t i = 0; i < n->n; i++) {
                free(n->need[i].path);
                free(n->need[i].device);
        }
        free(n->need);
        *n = (struct needs){0};
}
