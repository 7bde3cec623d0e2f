/* The remaining devices: random numbers, shared folders, sound, passed-through and input devices, the TPM. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/engine.h"

static int emit_rng(struct build *b, const struct pci_dev *dev)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        int r;

        /* The engine's own generator: it needs no device node in the zone. */
        strv_add(b->out, "-object");
        strv_addf(b->out, "rng-builtin,id=%s-rng", dev->node);
        put_device(b, &text, "virtio-rng-pci", dev);
        strbuf_printf(&text, ",rng=%s-rng", dev->node);
        r = put_virtio(b, &text);
        return r < 0 ? r : emit(b, "-device", &text);
}

/* The guest mounts by name, and could only guess which of two shares it got. */
static int check_share_name(struct build *b, const struct pci_dev *dev, const char *share)
{
        if (strlen(share) > 31)
                return error_set(b->err, EINVAL, "%s: virtio-9p: the name '%s' is longer than 31 characters",
                                 dev->node, share);
        for (const struct pci_dev *o = b->devs.v; o < dev; o++) {
                const char *other = bconf_getf(b->c, "%s.sharename", o->node);

                if (strcmp(o->device, dev->device) == 0 && other && strcmp(other, share) == 0)
                        return error_set(b->err, EEXIST, "%s and %s: virtio-9p: both shares are named '%s'",
                                         o->node, dev->node, share);
        }
        return 0;
}

static int emit_9p(struct build *b, const struct pci_dev *dev)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        const char *share = bconf_getf(b->c, "%s.sharename", dev->node);
        const char *path = bconf_getf(b->c, "%s.path", dev->node);
        const struct engine_fd *given;
        char name[64];
        bool ro;
        int r;

        if (!share || !path)
                return error_set(b->err, EINVAL, "%s: virtio-9p: it needs NAME=PATH", dev->node);
        r = check_share_name(b, dev, share);
        if (r < 0)
                return r;
        snprintf(name, sizeof(name), "%s.ro", dev->node);
        r = get_bool(b->c, name, false, &ro, b->err);
        if (r < 0)
                return r;
        given = find_fd(b, ro ? NEED_DIR_RO : NEED_DIR, path);
        /* The fs resource that gives the directory may be read-only where the device is not. */
        if (!given && !ro) {
                given = find_fd(b, NEED_DIR_RO, path);
                ro = given != NULL;
        }
        if (b->zone && !given)
                return error_set(b->err, ENOENT, "%s: virtio-9p: the zone was not given the directory %s",
                                 dev->node, path);
        strbuf_printf(&text, "local,id=%s-fs,security_model=none,multidevs=remap%s", dev->node,
                      ro ? ",readonly=on" : "");
        /* The engine knows a directory by its path only; it has none in a jail but that of the descriptor. */
        if (given)
                strbuf_printf(&text, ",path=/proc/self/fd/%d", given->fd);
        else
                put_value(&text, "path", path);
        r = emit(b, "-fsdev", &text);
        if (r < 0)
                return r;
        put_device(b, &text, "virtio-9p-pci", dev);
        strbuf_printf(&text, ",fsdev=%s-fs", dev->node);
        put_value(&text, "mount_tag", share);
        r = put_virtio(b, &text);
        return r < 0 ? r : emit(b, "-device", &text);
}

static int emit_sound(struct build *b, const struct pci_dev *dev)
{
        const char *play = bconf_getf(b->c, "%s.play", dev->node);
        const char *rec = bconf_getf(b->c, "%s.rec", dev->node);
        struct strbuf text = {0};
        int r;

        if (b->zone && (play || rec))
                notice(b, "%s: hda: a zone has no sound device; the guest plays to nobody", dev->node);
        strbuf_printf(&text, "%s,id=%s-sound", !b->zone && (play || rec) ? "oss" : "none", dev->node);
        if (play && !b->zone)
                put_value(&text, "out.dev", play);
        if (rec && !b->zone)
                put_value(&text, "in.dev", rec);
        r = emit(b, "-audiodev", &text);
        if (r < 0)
                return r;
        put_device(b, &text, "intel-hda", dev);
        r = emit(b, "-device", &text);
        strv_add(b->out, "-device");
        strv_addf(b->out, "hda-duplex,bus=%s.0,audiodev=%s-sound", dev->node, dev->node);
        return r;
}

static int emit_passthru(struct build *b, const struct pci_dev *dev)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        const char *rom = bconf_getf(b->c, "%s.rom", dev->node);
        const struct engine_fd *given;
        char name[256];
        int r;

        r = passthru_name(b->c, dev, name, b->err);
        if (r < 0)
                return r;
        given = find_fd(b, NEED_PCI, name);
        if (!given || !given->host)
                return error_set(b->err, ENOENT, "%s: passthru: the machine was not given the host device %s",
                                 dev->node, name);
        put_device(b, &text, "vfio-pci", dev);
        if (b->zone) {
                strbuf_printf(&text, ",sysfsdev=" BHYVE_VFIO_DIR "/%s", given->host);
                if (rom)
                        strbuf_printf(&text, ",romfile=" BHYVE_VFIO_DIR "/%s/" BHYVE_VFIO_ROM, given->host);
        } else {
                put_value(&text, "host", given->host);
                if (rom)
                        put_value(&text, "romfile", rom);
        }
        put_bootindex(b, &text, dev->node);
        return emit(b, "-device", &text);
}

static int emit_input(struct build *b, const struct pci_dev *dev)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        const char *path = bconf_getf(b->c, "%s.path", dev->node);
        char name[4096];
        int r;

        if (!path)
                return error_set(b->err, EINVAL, "%s: the path is missing", dev->node);
        r = file_name(b, NEED_TTY, path, name);
        if (r < 0)
                return r;
        put_device(b, &text, "virtio-input-host-pci", dev);
        put_value(&text, "evdev", name);
        r = put_virtio(b, &text);
        return r < 0 ? r : emit(b, "-device", &text);
}

int emit_other(struct build *b, const struct pci_dev *dev)
{
        static const struct {
                const char *name;
                int (*emit)(struct build *b, const struct pci_dev *dev);
        } table[] = {
            {"hda", emit_sound},          {"passthru", emit_passthru}, {"virtio-9p", emit_9p},
            {"virtio-input", emit_input}, {"virtio-rnd", emit_rng},
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (strcmp(table[i].name, dev->device) == 0)
                        return table[i].emit(b, dev);
        if (is_board(dev))
                return 0;
        return error_set(b->err, EINVAL, "%s: %s: there is no such device", dev->node, dev->device);
}

int emit_tpm(struct build *b)
{
        const char *type = bconf_get(b->c, "tpm.type"), *path = bconf_get(b->c, "tpm.path");
        const char *version = bconf_get(b->c, "tpm.version");
        const struct engine_fd *fd;
        _cleanup_(strbuf_free) struct strbuf text = {0};
        bool testdev = false;
        int r;

        r = get_bool(b->c, "lpc.pc-testdev", false, &testdev, b->err);
        if (r < 0)
                return r;
        if (testdev) {
                strv_add(b->out, "-device");
                strv_add(b->out, "pc-testdev");
        }
        if (!type)
                return 0;
        if (!path || strcmp(type, "swtpm") != 0)
                return error_set(b->err, ENOTSUP, "tpm: type '%s': only swtpm,SOCKET can be had here", type);
        if (version && strcmp(version, "2.0") != 0)
                return error_set(b->err, ENOTSUP, "tpm: version '%s': only 2.0 can be had", version);
        fd = find_fd(b, NEED_TPM, path);
        strbuf_puts(&text, "socket,id=tpm");
        if (fd)
                strbuf_printf(&text, ",fd=%d", fd->fd);
        else if (b->zone)
                return error_set(b->err, ENOENT, "tpm: the zone was given no TPM");
        else
                put_value(&text, "path", path);
        r = emit(b, "-chardev", &text);
        strv_add(b->out, "-tpmdev");
        strv_add(b->out, "emulator,id=tpm0,chardev=tpm");
        strv_add(b->out, "-device");
        strv_add(b->out, "tpm-crb,tpmdev=tpm0");
        return r;
}
