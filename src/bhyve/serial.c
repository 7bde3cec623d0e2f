/*
 * Serial lines: com1 to com4 of the LPC, PCI UARTs, and the ports of a virtio console.  In a zone their other
 * ends are sockets that are held outside of it.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/engine.h"

/* A socket that others connect to: the descriptor if there is one, else made by the engine at the path. */
int emit_socket(struct build *b, const char *id, enum need_kind kind, const char *path, bool listen,
                bool wait)
{
        const struct engine_fd *fd = find_fd(b, kind, path);
        struct strbuf text = {0};

        if (!fd && b->zone)
                return error_set(b->err, ENOENT, "%s: the zone was not given the socket %s", id, path);
        strbuf_printf(&text, "socket,id=%s", id);
        if (fd && fd->fd >= 0)
                strbuf_printf(&text, ",fd=%d", fd->fd);
        else
                put_value(&text, "path", path);
        strbuf_printf(&text, ",server=%s", !listen ? "off" : wait ? "on,wait=on" : "on,wait=off");
        return emit(b, "-chardev", &text);
}

static int emit_tcp(struct build *b, const char *where, const char *id, const char *address)
{
        struct strbuf text = {0};
        struct tcp tcp;
        int r;

        r = tcp_read(where, address, &tcp, b->err);
        if (r < 0)
                return r;
        if (tcp.host_len == 0)
                return error_set(b->err, EINVAL, "%s: invalid address '%s': it is ADDRESS:PORT", where,
                                 address);
        if (tcp.host[0] == '[' && tcp.host[tcp.host_len - 1] == ']') {
                tcp.host++;
                tcp.host_len -= 2;
        }
        strbuf_printf(&text, "socket,id=%s,host=%.*s,port=%u,server=on,wait=off", id, (int)tcp.host_len,
                      tcp.host, tcp.port);
        return emit(b, "-chardev", &text);
}

static int emit_tty(struct build *b, const char *id, const char *path)
{
        struct strbuf text = {0};
        char name[4096];
        int r;

        r = file_name(b, NEED_TTY, path, name);
        if (r < 0)
                return r;
        strbuf_printf(&text, "serial,id=%s", id);
        put_value(&text, "path", name);
        return emit(b, "-chardev", &text);
}

static int emit_line(struct build *b, const char *where, const char *id, const char *value)
{
        struct serial serial;
        int r;

        r = serial_read(where, value, &serial, b->err);
        if (r < 0)
                return r;
        switch (serial.kind) {
        case SERIAL_CONSOLE:
                if (!find_fd(b, NEED_CONSOLE, serial.path))
                        return error_set(b->err, ENOENT, "%s: %s: this is not a zone, it has no console",
                                         where, value);
                /* Waiting costs nothing: whoever made the socket has connected before the engine starts. */
                return emit_socket(b, id, NEED_CONSOLE, serial.path, b->env->console_listen, true);
        case SERIAL_SOCKET:
                return emit_socket(b, id, NEED_SOCKET, serial.path, true, false);
        case SERIAL_TTY:
                return emit_tty(b, id, serial.path);
        case SERIAL_TCP:
        case SERIAL_STDIO:
                break;
        }
        if (b->zone)
                return error_set(b->err, ENOTSUP, "%s: %s: not in a zone; use /dev/zconsole or socket,PATH",
                                 where, value);
        if (serial.kind == SERIAL_TCP)
                return emit_tcp(b, where, id, serial.path);
        strv_add(b->out, "-chardev");
        strv_addf(b->out, "stdio,id=%s,signal=off", id);
        return 0;
}

int emit_serial_lines(struct build *b)
{
        for (unsigned i = 1; i <= 4; i++) {
                const char *value = bconf_getf(b->c, "lpc.com%u.path", i);
                char id[8];
                int r;

                if (!value)
                        continue;
                snprintf(id, sizeof(id), "com%u", i);
                r = emit_line(b, id, id, value);
                if (r < 0)
                        return r;
                strv_add(b->out, "-device");
                strv_addf(b->out, "isa-serial,index=%u,chardev=%s", i - 1, id);
        }
        return 0;
}

int emit_uart(struct build *b, const struct pci_dev *dev)
{
        const char *path = bconf_getf(b->c, "%s.path", dev->node);
        struct strbuf text = {0};
        char id[40];
        int r;

        snprintf(id, sizeof(id), "%s-line", dev->node);
        if (path)
                r = emit_line(b, dev->node, id, path);
        else {
                strv_add(b->out, "-chardev");
                strv_addf(b->out, "null,id=%s", id);
                r = 0;
        }
        if (r < 0)
                return r;
        put_device(b, &text, "pci-serial", dev);
        put_value(&text, "chardev", id);
        return emit(b, "-device", &text);
}

/* The engine knows ports by their names, whatever controller they are on. */
static int check_port_name(struct build *b, const struct pci_dev *dev, unsigned port, const char *name)
{
        for (const struct pci_dev *o = b->devs.v; o <= dev; o++) {
                const char *other;

                if (strcmp(o->device, dev->device) != 0)
                        continue;
                for (unsigned i = 0; o < dev || i < port; i++) {
                        if (!bconf_getf(b->c, "%s.port.%u.path", o->node, i))
                                break;
                        other = str_empty(bconf_getf(b->c, "%s.port.%u.name", o->node, i));
                        if (strcmp(other, name) == 0)
                                return error_set(
                                    b->err, EEXIST,
                                    "%s: virtio-console: %s has a port that is named '%s' already", dev->node,
                                    o == dev ? "it" : o->node, name);
                }
        }
        return 0;
}

int emit_console_ports(struct build *b, const struct pci_dev *dev)
{
        struct strbuf text = {0};
        const char *path;
        int r;

        put_device(b, &text, "virtio-serial-pci", dev);
        r = put_virtio(b, &text);
        if (r < 0) {
                strbuf_free(&text);
                return r;
        }
        r = emit(b, "-device", &text);

        for (unsigned i = 0; r == 0 && (path = bconf_getf(b->c, "%s.port.%u.path", dev->node, i)); i++) {
                const char *name = bconf_getf(b->c, "%s.port.%u.name", dev->node, i);
                char id[40];

                r = check_port_name(b, dev, i, str_empty(name));
                if (r < 0)
                        return r;
                snprintf(id, sizeof(id), "%s-port%u", dev->node, i);
                r = emit_socket(b, id, NEED_SOCKET, path, true, false);
                if (r < 0)
                        return r;
                /* Number 0 is reserved for a console proper. */
                strbuf_printf(&text, "virtserialport,bus=%s.0,nr=%u,chardev=%s", dev->node, i + 1, id);
                put_value(&text, "name", str_empty(name));
                r = emit(b, "-device", &text);
        }
        return r;
}
