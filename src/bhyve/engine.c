/*
 * Makes the engine's arguments from the tree: checks what cannot be, then one part after the other in a fixed
 * order, so that the same machine always gives the same command line.
 */
#include "bhyve/engine.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

int emit(struct build *b, const char *option, struct strbuf *text)
{
        char *word = strbuf_take(text);

        if (!word)
                return error_nomem(b->err);
        strv_add(b->out, option);
        strv_consume(b->out, word);
        return 0;
}

void put_escaped(struct strbuf *text, const char *value)
{
        for (; *value; value++) {
                if (*value == ',')
                        strbuf_putc(text, ',');
                strbuf_putc(text, *value);
        }
}

void put_value(struct strbuf *text, const char *key, const char *value)
{
        strbuf_printf(text, ",%s=", key);
        put_escaped(text, value);
}

static bool slot_has_more(const struct build *b, const struct pci_dev *dev)
{
        for (size_t i = 0; i < b->devs.n; i++)
                if (b->devs.v[i].slot == dev->slot && b->devs.v[i].func > 0)
                        return true;
        return false;
}

void put_device(struct build *b, struct strbuf *text, const char *driver, const struct pci_dev *dev)
{
        strbuf_printf(text, "%s,id=%s,bus=%s,addr=0x%x", driver, dev->node, b->bus, dev->slot);
        if (dev->func > 0)
                strbuf_printf(text, ".0x%x", dev->func);
        else if (slot_has_more(b, dev))
                strbuf_puts(text, ",multifunction=on");
}

int put_virtio(struct build *b, struct strbuf *text)
{
        bool msix = true, old_msix = true, legacy = true, modern = true;
        int r;

        r = get_bool(b->c, "virtio.msix", true, &msix, b->err);
        if (r == 0)
                r = get_bool(b->c, "virtio_msix", true, &old_msix, b->err);
        if (r == 0)
                r = get_bool(b->c, "virtio.legacy", true, &legacy, b->err);
        if (r == 0)
                r = get_bool(b->c, "virtio.modern", true, &modern, b->err);
        if (r < 0)
                return r;
        if (!legacy && !modern)
                return error_set(b->err, EINVAL, "virtio.legacy and virtio.modern are both off");
        if (!msix || !old_msix)
                strbuf_puts(text, ",vectors=0");
        if (!legacy)
                strbuf_puts(text, ",disable-legacy=on");
        if (!modern)
                strbuf_puts(text, ",disable-modern=on");
        return 0;
}

void notice(struct build *b, const char *fmt, ...)
{
        char text[ERROR_TEXT_MAX];
        va_list ap;

        if (!b->env->notices)
                return;
        va_start(ap, fmt);
        vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        (void)problems_add(b->env->notices, "%s", text); /* a notice that is lost does no harm */
}

const struct engine_fd *find_fd(const struct build *b, enum need_kind kind, const char *path)
{
        for (size_t i = 0; i < b->env->n_fd; i++)
                if (b->env->fd[i].kind == kind && strcmp(b->env->fd[i].path, path) == 0)
                        return &b->env->fd[i];
        return NULL;
}

int file_name(struct build *b, enum need_kind kind, const char *path, char ret[4096])
{
        const struct engine_fd *fd = find_fd(b, kind, path);
        size_t set;

        if (!fd || fd->fd < 0) {
                if (snprintf(ret, 4096, "%s", path) >= 4096)
                        return error_set(b->err, ENAMETOOLONG, "path too long: %s", path);
                return 0;
        }
        set = (size_t)(fd - b->env->fd);
        if (set >= ARRAY_SIZE(b->set_added))
                return error_set(b->err, E2BIG, "%s: more than %zu descriptors", path,
                                 ARRAY_SIZE(b->set_added));
        if (!b->set_added[set]) {
                strv_add(b->out, "-add-fd");
                strv_addf(b->out, "fd=%d,set=%zu", fd->fd, set + 1);
                b->set_added[set] = true;
        }
        snprintf(ret, 4096, "/dev/fdset/%zu", set + 1);
        return 0;
}

int emit_device(struct build *b, const struct pci_dev *dev)
{
        static const struct {
                const char *name;
                int (*emit)(struct build *b, const struct pci_dev *dev);
        } table[] = {
            {"ahci", emit_ahci},
            {"e1000", emit_net},
            {"fbuf", emit_fbuf},
            {"ide", emit_ide},
            {"nvme", emit_nvme},
            {"uart", emit_uart},
            {"virtio-blk", emit_virtio_blk},
            {"virtio-console", emit_console_ports},
            {"virtio-net", emit_net},
            {"virtio-net-viona", emit_net},
            {"virtio-scsi", emit_virtio_scsi},
            {"xhci", emit_xhci},
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (strcmp(table[i].name, dev->device) == 0)
                        return table[i].emit(b, dev);
        return emit_other(b, dev);
}

/* What holds for every machine: a fixed, small set of devices, and walls inside the engine itself. */
static void emit_frame(struct build *b)
{
        static const char *const words[] = {
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-msg",
            "timestamp=off",
            "-sandbox",
            "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
            /* The zone, not the engine, decides what a reset means. */
            "-action",
            "reboot=shutdown",
        };

        strv_add(b->out, ENGINE_PATH);
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                strv_add(b->out, words[i]);
}

static bool uuid_valid(const char *text)
{
        for (size_t i = 0; i < 36; i++)
                if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-'
                                                            : !isxdigit((unsigned char)text[i]))
                        return false;
        return text[36] == '\0';
}

static int emit_name(struct build *b)
{
        const char *uuid = bconf_get(b->c, "uuid");
        struct strbuf text = {0};

        if (uuid && !uuid_valid(uuid))
                return error_set(b->err, EINVAL, "uuid: invalid UUID '%s'", uuid);
        strbuf_puts(&text, "debug-threads=on");
        put_value(&text, "guest", str_empty(bconf_get(b->c, "name")));
        if (uuid) {
                strv_add(b->out, "-uuid");
                strv_add(b->out, uuid);
        }
        return emit(b, "-name", &text);
}

static int emit_monitor(struct build *b)
{
        struct strbuf text = {0};
        int r;

        if (b->env->qmp_fd < 0)
                return 0;
        strbuf_printf(&text, "socket,id=qmp,fd=%d,server=%s", b->env->qmp_fd,
                      b->env->qmp_listen ? "on,wait=off" : "off");
        r = emit(b, "-chardev", &text);
        strv_add(b->out, "-mon");
        strv_add(b->out, "chardev=qmp,mode=control");
        return r;
}

static int emit_debugger_port(struct build *b, const char *port)
{
        const char *address = bconf_get(b->c, "gdb.address");
        struct strbuf text = {0};
        unsigned number;
        int r;

        r = port_read("gdb.port", port, &number, b->err);
        if (r == 0 && address)
                r = host_check("gdb.address", address, strlen(address), b->err);
        if (r < 0)
                return r;
        if (b->zone) {
                notice(b, "gdb.port: the debugger is served at " BHYVE_GDB_SOCKET " in the zone");
                r = emit_socket(b, "gdb", NEED_SOCKET, BHYVE_GDB_SOCKET, true, false);
                strv_add(b->out, "-gdb");
                strv_add(b->out, "chardev:gdb");
                return r;
        }
        /* To the engine, no address is every address. */
        strbuf_printf(&text, "tcp:%s:%u,server=on,wait=off", address && *address ? address : "localhost",
                      number);
        return emit(b, "-gdb", &text);
}

/* Who may let the guest go: a debugger, or somebody at the monitor (-d). */
static int emit_debugger(struct build *b)
{
        const char *port = bconf_get(b->c, "gdb.port");
        bool wait = false, suspended = false;
        int r;

        r = get_bool(b->c, "gdb.wait", false, &wait, b->err);
        if (r == 0)
                r = get_bool(b->c, "suspend_at_boot", false, &suspended, b->err);
        if (r < 0)
                return r;
        if (suspended && b->zone && !port)
                return error_set(
                    b->err, EINVAL,
                    "suspend_at_boot (-d of attr extra): nothing in a zone lets such a guest go; "
                    "leave it out, or give extra a debugger too (-G PORT)");
        if (b->env->paused || suspended || (port && wait))
                strv_add(b->out, "-S");
        if (port)
                return emit_debugger_port(b, port);
        if (wait)
                notice(b, "gdb.wait: has no effect: there is no gdb.port");
        return 0;
}

/* Variables that ask for something that cannot be had, or that have nothing to act on. */
static int check_variables(struct build *b)
{
        static const char *const without_effect[] = {"memory.use_reservoir", "privileges.debug",
                                                     "x86.strictio"};
        bool on;

        for (size_t i = 0; i < ARRAY_SIZE(without_effect); i++) {
                int r = get_bool(b->c, without_effect[i], false, &on, b->err);

                if (r < 0)
                        return r;
                if (on)
                        notice(b, "%s: has no effect on this host", without_effect[i]);
        }
        if (b->zone && bconf_child(b->c, "vcpu", 0))
                return error_set(b->err, ENOTSUP,
                                 "vcpu.N.cpuset: CPUs of the host are not a machine's to choose; a zone has "
                                 "dedicated-cpu");
        return check_known(b);
}

static int emit_all(struct build *b)
{
        static int (*const parts[])(struct build *) = {
            check_variables, place_devices, boot_collect, emit_board,    emit_domains,      emit_name,
            emit_smbios,     emit_fwcfg,    emit_monitor, emit_debugger, emit_serial_lines, emit_placeholders,
        };
        static int (*const kvm_parts[])(struct build *) = {
            check_variables, place_devices, boot_collect, emit_name,     emit_board,       emit_domains,
            emit_smbios,     emit_fwcfg,    emit_monitor, emit_debugger, emit_kvm_devices,
        };
        int r = b->kvm ? kvm_check(b->c, b->err) : 0;

        emit_frame(b);
        if (b->kvm) {
                for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kvm_parts); i++)
                        r = kvm_parts[i](b);
                return r;
        }
        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
                r = parts[i](b);
        for (size_t i = 0; r == 0 && i < b->devs.n; i++)
                r = emit_device(b, &b->devs.v[i]);
        return r < 0 ? r : emit_tpm(b);
}

int bhyve_to_engine(const struct bconf *c, const struct engine_env *env, struct strv *ret, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *plain = NULL;
        struct build b = {.env = env, .out = ret, .err = err, .zone = !env->run_dir};
        int r;

        r = bconf_expand(c, &plain, err);
        if (r < 0)
                return r;
        b.c = plain;
        b.kvm = kvm_flavour(plain);
        b.uefi = bhyve_firmware_is_uefi(bconf_get(plain, "bootrom"));
        r = pci_collect(plain, &b.devs, err);
        if (r == 0)
                r = emit_all(&b);
        pci_devs_free(&b.devs);
        free(b.boot);
        if (r == 0 && ret->failed)
                r = error_nomem(err);
        if (r < 0)
                strv_free(ret);
        return r;
}
