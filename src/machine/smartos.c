/*
 * The screen of a SmartOS zone, which has one unless vnc-port says -1: its attributes said in the words of
 * attr vnc.  vmadm serves the zone's socket at the port; here zoneadmd does, and as everything that is
 * served, on loopback.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "machine/builder.h"

#define PORT_MAX 65535

static int digit64(char c)
{
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char *at = c ? strchr(digits, c) : NULL;

        return at ? (int)(at - digits) : -1;
}

/* A text of base64, or NULL: digits in groups of four, the last of them padded. */
static const char *decode64(struct builder *b, const char *text)
{
        size_t len = strlen(text), pad = len - strcspn(text, "=");
        struct strbuf out = {0};
        unsigned bits = 0;

        if (len == 0 || len % 4 != 0 || pad > 2 || strspn(text + len - pad, "=") != pad)
                return NULL;
        for (size_t i = 0; i < len - pad; i++) {
                int digit = digit64(text[i]);

                if (digit < 0) {
                        strbuf_free(&out);
                        return NULL;
                }
                bits = bits << 6 | (unsigned)digit;
                if (i % 4 != 0)
                        strbuf_putc(&out, (char)(bits >> (6 - 2 * (i % 4))));
        }
        if (memchr(str_empty(out.data), '\0', out.len)) {
                strbuf_free(&out);
                return NULL;
        }
        return keep(b, strbuf_take(&out));
}

static const char *read_password(struct builder *b, const char *text)
{
        const char *password = decode64(b, text);

        /* Which text is not told: it is a secret in either form. */
        if (!password)
                problem(b, "attr vnc-password: it is no base64 text");
        return password;
}

static void tell_unused(struct builder *b, const char *name, const char *value)
{
        if (value)
                strv_addf(&b->m->doubtful, "attr %s: has no effect: attr vnc describes the screen", name);
}

const char *smartos_vnc(struct builder *b, const char *vnc, const char **ret_password)
{
        const char *port = attr_get(b, "vnc-port"), *password = attr_get(b, "vnc-password");
        uint64_t n = 0;

        *ret_password = NULL;
        /* vmadm says which format it writes in every zone that it makes; elsewhere these are other tools'
         * words. */
        if (!config_attr(b->cfg, "vm-version"))
                return vnc;
        if (vnc) {
                tell_unused(b, "vnc-port", port);
                tell_unused(b, "vnc-password", password);
                return vnc;
        }
        if (password)
                *ret_password = read_password(b, password);
        if (!port)
                return "on";
        if (strcmp(port, "-1") == 0)
                return "off";
        /* vmadm takes any number, and such a zone boots. */
        if (!number_parse(port, PORT_MAX, &n))
                strv_addf(&b->m->doubtful, "attr vnc-port %s: is no port; the screen is at /tmp/vm.vnc",
                          *port ? port : "(empty)");
        return n ? keepf(b, "tcp=127.0.0.1:%u", (unsigned)n) : "on";
}
