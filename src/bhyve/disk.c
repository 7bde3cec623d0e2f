/*
 * Disks.  A disk is two block nodes, the file and the raw format over it (named explicitly, so that nobody
 * ever guesses a format from a guest's bytes), and a device.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "bhyve/engine.h"

#define SERIAL_LEN      20 /* a disk's serial has this many characters at most */
#define NVME_QUEUES_MAX 2047
#define ATA_SECTOR      512

/* The engine has one driver for regular files and one for block devices, and refuses the wrong one. */
static bool is_block_device(const struct build *b, const struct disk *disk)
{
        const struct engine_fd *fd = find_fd(b, disk_need(disk), disk->path);
        struct stat st;

        if (b->env->dry)
                return false;
        if (fd && fd->fd >= 0 ? fstat(fd->fd, &st) < 0 : stat(disk->path, &st) < 0)
                return false;
        return S_ISBLK(st.st_mode);
}

/*
 * Some file systems (tmpfs, some network and overlay ones) have no direct I/O, and the engine ends on them;
 * a cache more than was asked for is better than no machine.
 */
static bool has_direct_io(const struct build *b, const struct disk *disk)
{
        const struct engine_fd *fd = find_fd(b, disk_need(disk), disk->path);
        int flags, r;

        if (b->env->dry)
                return true;
        if (fd && fd->fd >= 0) {
                flags = fcntl(fd->fd, F_GETFL);
                if (flags < 0 || fcntl(fd->fd, F_SETFL, flags | O_DIRECT) == 0)
                        return flags < 0 || fcntl(fd->fd, F_SETFL, flags) == 0;
                return errno != EINVAL;
        }
        r = open(disk->path, O_RDONLY | O_DIRECT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (r < 0)
                return errno != EINVAL;
        close(r);
        return true;
}

int emit_disk_node(struct build *b, const struct disk *disk)
{
        const char *discard = disk->nodelete ? "ignore" : "unmap";
        struct strbuf text = {0};
        bool direct = disk->nocache && has_direct_io(b, disk);
        char name[4096];
        int r;

        if (disk->nocache && !direct)
                notice(b, "%s: %s is on a file system without direct I/O: the host's cache is used",
                       disk->node, disk->path);
        if (disk->memory && !find_fd(b, NEED_MEMORY, disk->path))
                return error_set(b->err, ENOENT, "%s: nvme: the machine was given no memory for the disk",
                                 disk->node);
        r = file_name(b, disk_need(disk), disk->path, name);
        if (r < 0)
                return r;
        strbuf_printf(&text, "driver=%s,node-name=%s-file", is_block_device(b, disk) ? "host_device" : "file",
                      disk->id);
        put_value(&text, "filename", name);
        /* Linux AIO is the fast way for O_DIRECT and does not work without it. */
        if (direct)
                strbuf_puts(&text, ",cache.direct=on,aio=native");
        strbuf_printf(&text, ",discard=%s%s", discard, disk->ro ? ",read-only=on" : "");
        r = emit(b, "-blockdev", &text);
        if (r < 0)
                return r;

        strbuf_printf(&text, "driver=raw,node-name=%s,file=%s-file", disk->id, disk->id);
        if (direct)
                strbuf_puts(&text, ",cache.direct=on");
        strbuf_printf(&text, ",discard=%s%s", discard, disk->ro ? ",read-only=on" : "");
        return emit(b, "-blockdev", &text);
}

static bool sector_size_valid(uint64_t n)
{
        return n >= 512 && n <= 2 * 1024 * 1024 && (n & (n - 1)) == 0;
}

/* sectorsize=LOGICAL[/PHYSICAL] */
static int put_sector_size(struct build *b, struct strbuf *text, const struct disk *disk, const char *value)
{
        const char *p = value;
        uint64_t logical = 0, physical = 0;
        bool fits = number_take(&p, UINT32_MAX, &logical);

        physical = logical;
        if (fits && *p == '/') {
                p++;
                fits = number_take(&p, UINT32_MAX, &physical);
        }
        if (!fits || *p != '\0' || !sector_size_valid(logical) || !sector_size_valid(physical) ||
            physical < logical)
                return error_set(b->err, EINVAL, "%s: invalid sectorsize '%s'", disk->node, value);
        if (disk->ata && logical != ATA_SECTOR)
                return error_set(b->err, ENOTSUP,
                                 "%s: sectorsize=%s: the engine's SATA and IDE disks have sectors of %d "
                                 "bytes (sectorsize=%d/%u can be had); use virtio-blk or nvme",
                                 disk->node, value, ATA_SECTOR, ATA_SECTOR, (unsigned)physical);
        strbuf_printf(text, ",logical_block_size=%u,physical_block_size=%u", (unsigned)logical,
                      (unsigned)physical);
        return 0;
}

static void put_serial(struct strbuf *text, const struct disk *disk, const char *said)
{
        char serial[DISK_SERIAL_MAX];

        if (said)
                snprintf(serial, sizeof(serial), "%.*s", SERIAL_LEN, said);
        else
                bhyve_disk_serial(disk->path, serial);
        put_value(text, "serial", serial);
}

static void tell_cd(struct build *b, const struct disk *disk, const char *key)
{
        notice(b, "%s.%s: has no effect: it is a CD", disk->node, key);
}

static int put_geometry(struct build *b, struct strbuf *text, const struct disk *disk)
{
        static const char *const keys[] = {"sectorsize", "sectsz"};
        const char *sectors = NULL;
        int r = 0;

        for (size_t i = 0; !sectors && i < ARRAY_SIZE(keys); i++) {
                sectors = bconf_getf(b->c, "%s.%s", disk->node, keys[i]);
                if (sectors && disk->cd)
                        tell_cd(b, disk, keys[i]);
        }
        if (sectors && !disk->cd)
                r = put_sector_size(b, text, disk, sectors);
        if (disk->sync)
                strbuf_puts(text, ",write-cache=off");
        return r;
}

/* What a disk's device says about it, whatever the controller. */
int put_disk(struct build *b, struct strbuf *text, const struct disk *disk, const char *serial)
{
        strbuf_printf(text, ",drive=%s", disk->id);
        put_serial(text, disk, serial);
        return put_geometry(b, text, disk);
}

int emit_virtio_blk(struct build *b, const struct pci_dev *dev)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        const char *serial = bconf_getf(b->c, "%s.serial", dev->node);
        struct disk disk;
        char id[32];
        int r;

        snprintf(id, sizeof(id), "%s-disk", dev->node);
        r = disk_read(b->c, dev->node, id, false, &disk, b->err);
        if (r == 0)
                r = emit_disk_node(b, &disk);
        if (r < 0)
                return r;
        put_device(b, &text, "virtio-blk-pci", dev);
        r = put_virtio(b, &text);
        if (r == 0)
                r = put_disk(b, &text, &disk, serial ? serial : bconf_getf(b->c, "%s.ser", dev->node));
        if (r < 0)
                return r;
        put_bootindex(b, &text, dev->node);
        return emit(b, "-device", &text);
}

/* A namespace of the controller's own, which is where the engine has room for the identifier. */
static int emit_namespace(struct build *b, const struct pci_dev *dev, const struct disk *disk,
                          const char *eui64)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        char *end;
        unsigned long long id;
        int r;

        errno = 0;
        id = strtoull(eui64, &end, 0);
        if (errno || *eui64 < '0' || *eui64 > '9' || *end != '\0')
                return error_set(b->err, EINVAL, "%s: nvme: invalid eui64 '%s'", dev->node, eui64);
        strbuf_printf(&text, "nvme-ns,bus=%s,nsid=1,eui64=0x%llx,drive=%s", dev->node, id, disk->id);
        r = put_geometry(b, &text, disk);
        if (r < 0)
                return r;
        put_bootindex(b, &text, dev->node);
        return emit(b, "-device", &text);
}

static int put_nvme_queues(struct build *b, struct strbuf *text, const struct pci_dev *dev)
{
        const char *queues = bconf_getf(b->c, "%s.maxq", dev->node);
        uint64_t n;

        if (!queues)
                return 0;
        if (!number_parse(queues, NVME_QUEUES_MAX, &n) || n == 0)
                return error_set(b->err, EINVAL, "%s: nvme: invalid maxq '%s' (1 to %d)", dev->node, queues,
                                 NVME_QUEUES_MAX);
        strbuf_printf(text, ",max_ioqpairs=%u", (unsigned)n);
        return 0;
}

int emit_nvme(struct build *b, const struct pci_dev *dev)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        const char *eui64 = bconf_getf(b->c, "%s.eui64", dev->node);
        /* As in bhyve, nvme and ahci read ser and not serial. */
        const char *serial = bconf_getf(b->c, "%s.ser", dev->node);
        struct disk disk;
        char id[32];
        int r;

        snprintf(id, sizeof(id), "%s-disk", dev->node);
        r = nvme_read(b->c, dev->node, id, &disk, b->err);
        if (r == 0)
                r = emit_disk_node(b, &disk);
        if (r < 0)
                return r;
        put_device(b, &text, "nvme", dev);
        if (eui64)
                put_serial(&text, &disk, serial);
        else
                r = put_disk(b, &text, &disk, serial);
        if (r == 0)
                r = put_nvme_queues(b, &text, dev);
        if (r < 0)
                return r;
        if (eui64) {
                r = emit(b, "-device", &text);
                return r < 0 ? r : emit_namespace(b, dev, &disk, eui64);
        }
        put_bootindex(b, &text, dev->node);
        return emit(b, "-device", &text);
}

/* nmrr: revolutions a minute, or 1 for none. */
static int put_rate(struct build *b, struct strbuf *text, const struct disk *disk)
{
        const char *rate = bconf_getf(b->c, "%s.nmrr", disk->node);
        uint64_t n;

        if (!rate)
                return 0;
        if (disk->cd) {
                tell_cd(b, disk, "nmrr");
                return 0;
        }
        if (!number_parse(rate, UINT16_MAX, &n))
                return error_set(b->err, EINVAL, "%s: invalid nmrr '%s' (0 to %u)", disk->node, rate,
                                 UINT16_MAX);
        strbuf_printf(text, ",rotation_rate=%u", (unsigned)n);
        return 0;
}

static int emit_ahci_port(const struct pci_dev *dev, unsigned port, const struct disk *disk, void *arg)
{
        struct build *b = arg;
        _cleanup_(strbuf_free) struct strbuf text = {0};
        const char *model = bconf_getf(b->c, "%s.model", disk->node);
        const char *rev = bconf_getf(b->c, "%s.rev", disk->node);
        int r;

        if (port > 5)
                return error_set(b->err, ENOTSUP, "%s: the controller has six ports", disk->node);
        if (disk->ro && !disk->cd)
                return error_set(b->err, ENOTSUP,
                                 "%s: a read-only SATA disk cannot be had from this engine; use virtio-blk",
                                 disk->node);
        strbuf_printf(&text, "%s,bus=%s.%u", disk->cd ? "ide-cd" : "ide-hd", dev->node, port);
        if (disk->path) {
                r = emit_disk_node(b, disk);
                if (r == 0)
                        r = put_disk(b, &text, disk, bconf_getf(b->c, "%s.ser", disk->node));
                if (r < 0)
                        return r;
        }
        if (model)
                put_value(&text, "model", model);
        if (rev)
                put_value(&text, "ver", rev);
        r = put_rate(b, &text, disk);
        if (r < 0)
                return r;
        put_bootindex(b, &text, disk->id);
        return emit(b, "-device", &text);
}

int emit_ahci(struct build *b, const struct pci_dev *dev)
{
        struct strbuf text = {0};
        int r;

        put_device(b, &text, "ahci", dev);
        r = emit(b, "-device", &text);
        return r < 0 ? r : ahci_each(b->c, dev, emit_ahci_port, b, b->err);
}

/* target=[ID:]PATH: a disk on a virtio SCSI bus. */
int emit_virtio_scsi(struct build *b, const struct pci_dev *dev)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        struct disk disk;
        unsigned id;
        int r;

        r = scsi_read(b->c, dev, &disk, &id, b->err);
        if (r < 0)
                return r;
        put_device(b, &text, "virtio-scsi-pci", dev);
        r = put_virtio(b, &text);
        if (r == 0)
                r = emit(b, "-device", &text);
        if (r == 0)
                r = emit_disk_node(b, &disk);
        if (r < 0)
                return r;
        strbuf_printf(&text, "scsi-hd,bus=%s.0,scsi-id=%u,lun=0", dev->node, id);
        r = put_disk(b, &text, &disk, NULL);
        if (r < 0)
                return r;
        put_bootindex(b, &text, dev->node);
        return emit(b, "-device", &text);
}
