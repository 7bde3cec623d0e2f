/*
 * The screen: a frame buffer served over VNC, and a tablet.  The vnc attribute is a boolean word, "wait", or
 * options; the password does not go among the arguments, which anybody may be shown.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/listen.h"
#include "bhyve/bhyve.h"
#include "machine/builder.h"

#define MAX_KEYS 16

struct keys {
        struct {
                const char *name, *value; /* value "" prints bare */
        } key[MAX_KEYS];
        size_t n;
};

static bool keys_has(const struct keys *k, const char *name)
{
        for (size_t i = 0; i < k->n; i++)
                if (strcmp(k->key[i].name, name) == 0)
                        return true;
        return false;
}

static void keys_set(struct builder *b, struct keys *k, const char *name, const char *value)
{
        size_t i = 0;

        while (i < k->n && strcmp(k->key[i].name, name) != 0)
                i++;
        if (i == MAX_KEYS) {
                problem(b, "attr vnc: more than %d options", MAX_KEYS);
                return;
        }
        k->key[i].name = name;
        k->key[i].value = value;
        k->n = i == k->n ? i + 1 : k->n;
}

/* A number of 1..max */
static bool number_within(const char *text, long max)
{
        char *end;
        long n = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : 0;

        return n >= 1 && n <= max && !*end;
}

/* zoneadmd listens there: numeric, and a port that can be found again. */
static bool is_tcp(const char *value)
{
        struct listen_at at = {0};

        return strchr(value, ':') && listen_parse(value, &at, NULL) == 0 && at.port > 0;
}

static void check_key(struct builder *b, const char *name, const char *value)
{
        static const char *const known[] = {"unix", "tcp", "rfb", "w", "h", "wait", "password", NULL};

        if (!word_in(name, known))
                problem(b, "attr vnc: there is no option %s", name);
        else if (strcmp(name, "unix") == 0 && value[0] != '/')
                problem(b, "attr vnc: unix=%s: an absolute path is needed", value);
        else if (strcmp(name, "w") == 0 && !number_within(value, 1920))
                problem(b, "attr vnc: w=%s: a width of 1 to 1920 is needed", value);
        else if (strcmp(name, "h") == 0 && !number_within(value, 1200))
                problem(b, "attr vnc: h=%s: a height of 1 to 1200 is needed", value);
        else if ((strcmp(name, "tcp") == 0 || strcmp(name, "rfb") == 0) && !is_tcp(value))
                problem(b, "attr vnc: %s=%s: ADDRESS:PORT is needed", name, value);
}

/* Splits the value; the keys that "on" and "wait" stand for come first.  false: the screen is off. */
static bool vnc_parse(struct builder *b, const char *vnc, struct keys *ret)
{
        struct keys said = {0};
        bool on = false, wait = false;
        const char *p = vnc;

        do {
                size_t n = strcspn(p, ","), k = strcspn(p, "=,");
                const char *name = keepf(b, "%.*s", (int)k, p);
                int word = k == n ? word_bool(name) : -1;

                if (word == 0 && p == vnc)
                        return false; /* off, whatever follows */
                if (word == 0)
                        problem(b, "attr vnc: %s behind other words: off stands alone", name);
                else if (word > 0)
                        on = true;
                else if (k == n && strcmp(name, "wait") == 0)
                        wait = true;
                else {
                        const char *value = k < n ? keepf(b, "%.*s", (int)(n - k - 1), p + k + 1) : "";

                        check_key(b, name, value);
                        keys_set(b, &said, name, value);
                }
                p += n;
        } while (*p++ == ',');
        /* Nothing but the size or the password is said: the screen is where it always is. */
        on = on || wait || !keys_has(&said, "unix");
        if (on && !keys_has(&said, "tcp") && !keys_has(&said, "rfb"))
                keys_set(b, ret, "unix", BHYVE_VNC_SOCKET);
        if (wait)
                keys_set(b, ret, "wait", "");
        for (size_t i = 0; i < said.n; i++)
                keys_set(b, ret, said.key[i].name, said.key[i].value);
        return true;
}

static void set_password(struct builder *b, const char *where, const char *password)
{
        if (!*password || !str_printable(password))
                problem(b, "%s: the password is empty or has a control character", where);
        else
                b->m->vnc_password = copy(b, password);
}

void build_screen(struct builder *b)
{
        static const char *const vga_modes[] = {"off", "on", "io", NULL};
        const char *vnc = attr_get(b, "vnc"), *vga = attr_get(b, "vga"), *password, *where;
        struct keys keys = {0};
        struct strbuf opt = {0};
        struct machine_device *d;
        bool on = false;

        vga = vga ? vga : "off";
        if (!word_in(vga, vga_modes))
                problem(b, "attr vga %s: off, on or io is needed", *vga ? vga : "(empty)");
        note_opt(b, "vga", vga);
        where = vnc ? "attr vnc" : "attr vnc-port";
        vnc = smartos_vnc(b, vnc, &password);
        if (vnc && !*vnc)
                problem(b, "attr vnc: on, off, wait or options are needed");
        else if (vnc)
                on = vnc_parse(b, vnc, &keys);
        if (!on) {
                note_opt(b, "vnc", "off");
                return;
        }
        d = device_add(b, ROLE_FBUF, "fbuf", NULL, where);
        device_place(d, 30, 0);
        strv_addf(&d->option, "vga=%s", vga);
        for (size_t i = 0; i < keys.n; i++) {
                const char *name = keys.key[i].name, *value = keys.key[i].value;
                const char *word = *value ? keepf(b, "%s=%s", name, value) : name;

                if (strcmp(name, "password") == 0) {
                        set_password(b, "attr vnc", file_or_text(b, "attr vnc: password", value));
                        continue;
                }
                strv_add(&d->option, word);
                strbuf_printf(&opt, "%s%s", opt.len ? "," : "", word);
        }
        note_opt(b, "vnc", keep(b, strbuf_take(&opt)));
        if (password)
                set_password(b, "attr vnc-password", password);
        /* Only looked at when there is a screen. */
        if (attr_bool(b, "xhci", true)) {
                d = device_add(b, ROLE_TABLET, "xhci", NULL, "attr xhci");
                strv_add(&d->option, "tablet");
                device_place(d, 30, 1);
        }
}
