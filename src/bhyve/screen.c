/*
 * The screen and the tablet.  In a zone nothing listens: viewers are accepted outside and handed to the
 * engine over QMP.  On a plain host the engine listens where the arguments say.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "bhyve/engine.h"

#define VNC_PORT   5900 /* display 0 */
#define LOOPBACK   "127.0.0.1"
#define XHCI_PORTS 8
#define WIDTH_MAX  1920
#define HEIGHT_MAX 1200

static bool is_held(const struct bconf *c)
{
        return bconf_bool(c, "suspend_at_boot", false) > 0 ||
               (bconf_get(c, "gdb.port") && bconf_bool(c, "gdb.wait", false) > 0);
}

bool bhyve_waits_for_viewer(const struct bconf *c)
{
        struct pci_devs devs;
        bool waits = false;

        if (is_held(c) || pci_collect(c, &devs, NULL) < 0)
                return false;
        for (size_t i = 0; i < devs.n; i++) {
                char name[64];

                snprintf(name, sizeof(name), "%s.wait", devs.v[i].node);
                waits |= strcmp(devs.v[i].device, "fbuf") == 0 && bconf_bool(c, name, false) > 0;
        }
        pci_devs_free(&devs);
        return waits;
}

const char *bhyve_screen_password(const struct bconf *c)
{
        const char *password = NULL;
        struct pci_devs devs;

        if (pci_collect(c, &devs, NULL) < 0)
                return NULL;
        for (size_t i = 0; i < devs.n && !password; i++)
                if (strcmp(devs.v[i].device, "fbuf") == 0)
                        password = bconf_getf(c, "%s.password", devs.v[i].node);
        pci_devs_free(&devs);
        return password;
}

/* The engine counts displays from 5900. */
static int put_tcp(struct build *b, struct strbuf *text, const struct pci_dev *dev, const char *address)
{
        char what[40];
        struct tcp tcp;
        int r;

        snprintf(what, sizeof(what), "%s: fbuf", dev->node);
        r = tcp_read(what, address, &tcp, b->err);
        if (r < 0)
                return r;
        if (tcp.port < VNC_PORT)
                return error_set(b->err, ENOTSUP, "%s: fbuf: port %u: the engine serves screens from port %d",
                                 dev->node, tcp.port, VNC_PORT);
        if (tcp.host_len == 0)
                tcp = (struct tcp){LOOPBACK, strlen(LOOPBACK), tcp.port};
        strbuf_printf(text, "%.*s:%u", (int)tcp.host_len, tcp.host, tcp.port - VNC_PORT);
        return 0;
}

int emit_screen_server(struct build *b, const struct pci_dev *dev)
{
        const char *unix_path = bconf_getf(b->c, "%s.unix", dev->node);
        const char *tcp = bconf_getf(b->c, "%s.tcp", dev->node);
        const char *password = bconf_getf(b->c, "%s.password", dev->node);
        _cleanup_(strbuf_free) struct strbuf text = {0};
        char vnc[40];
        bool on = true;
        int r;

        if (unix_path && tcp)
                notice(b, "%s.tcp: %s: has no effect: unix=%s is where the screen is", dev->node, tcp,
                       unix_path);
        /* A screen that nobody is meant to see: the guest has its display adapter all the same. */
        snprintf(vnc, sizeof(vnc), "%s.vnc", dev->node);
        r = get_bool(b->c, vnc, true, &on, b->err);
        if (r < 0)
                return r;
        if (b->zone || !on)
                strbuf_puts(&text, "none");
        else if (unix_path) {
                strbuf_puts(&text, "unix:");
                put_escaped(&text, unix_path);
        } else {
                r = put_tcp(b, &text, dev, tcp ? tcp : LOOPBACK ":5900");
                if (r < 0)
                        return r;
        }
        if (password)
                strbuf_puts(&text, ",password=on");
        return emit(b, "-vnc", &text);
}

static int read_extent(struct build *b, const struct pci_dev *dev, const char *key, unsigned def,
                       unsigned max, unsigned *ret)
{
        const char *value = bconf_getf(b->c, "%s.%s", dev->node, key);
        uint64_t n = def;

        if (value && (!number_parse(value, max, &n) || n == 0))
                return error_set(b->err, EINVAL, "%s: fbuf: invalid %s '%s' (at most %u)", dev->node, key,
                                 value, max);
        *ret = (unsigned)n;
        return 0;
}

int emit_screen_device(struct build *b, const struct pci_dev *dev)
{
        const char *vga = bconf_getf(b->c, "%s.vga", dev->node);
        struct strbuf text = {0};
        unsigned w, h;
        int r;

        for (const struct pci_dev *other = b->devs.v; other < dev; other++)
                if (strcmp(other->device, "fbuf") == 0)
                        return error_set(b->err, EINVAL, "%s: fbuf: there is one at %s already", dev->node,
                                         other->node);
        r = read_extent(b, dev, "w", 1024, WIDTH_MAX, &w);
        if (r == 0)
                r = read_extent(b, dev, "h", 768, HEIGHT_MAX, &h);
        if (r < 0)
                return r;
        /* The engine's adapter has the registers of a VGA whatever is said, which a guest can leave alone. */
        if (vga && strcmp(vga, "on") != 0 && strcmp(vga, "off") != 0 && strcmp(vga, "io") != 0)
                return error_set(b->err, EINVAL, "%s: fbuf: vga is on, off or io, not '%s'", dev->node, vga);
        put_device(b, &text, "VGA", dev);
        strbuf_printf(&text, ",xres=%u,yres=%u", w, h);
        return emit(b, "-device", &text);
}

int emit_fbuf(struct build *b, const struct pci_dev *dev)
{
        int r = emit_screen_server(b, dev);

        return r < 0 ? r : emit_screen_device(b, dev);
}

int emit_xhci(struct build *b, const struct pci_dev *dev)
{
        struct strbuf text = {0};
        char slots[40];
        const char *name;
        uint64_t port, last = 0;
        int r;

        snprintf(slots, sizeof(slots), "%s.slot", dev->node);
        for (size_t i = 0; (name = bconf_child(b->c, slots, i)); i++) {
                if (!number_parse(name, XHCI_PORTS, &port) || port == 0)
                        return error_set(b->err, EINVAL, "%s: xhci: slot.%s: the controller has %d ports",
                                         dev->node, name, XHCI_PORTS);
                last = port > last ? port : last;
        }
        put_device(b, &text, "qemu-xhci", dev);
        if (last > 4) /* of its own, the engine's controller has four */
                strbuf_printf(&text, ",p2=%d,p3=%d", XHCI_PORTS, XHCI_PORTS);
        r = emit(b, "-device", &text);
        for (port = 1; r == 0 && port <= last; port++) {
                const char *device = bconf_getf(b->c, "%s.%u.device", slots, (unsigned)port);

                if (!device)
                        continue;
                if (strcmp(device, "tablet") != 0)
                        return error_set(b->err, EINVAL, "%s: xhci: unknown device '%s' (there is tablet)",
                                         dev->node, device);
                strv_add(b->out, "-device");
                strv_addf(b->out, "usb-tablet,bus=%s.0,port=%u", dev->node, (unsigned)port);
        }
        return r;
}
