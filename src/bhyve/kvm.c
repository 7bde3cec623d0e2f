/*
 * The kvm flavour.  A zone of the kvm brand describes a QEMU machine, not a bhyve one; its hook says it in
 * the same arguments all the same, so that what is opened, handed over and jailed has one implementation.
 * What bhyve(8) has no word for travels in variables of our own: kvm.cpu, kvm.rtc and kvm.extra.N, and the
 * four places of the IDE controller are a device "ide" at 0:1:1, where the board has it.
 *
 * A machine with such variables gets its arguments in the order in which OmniOS's kvm brand writes them, so
 * that the two command lines can be laid side by side.
 *
 * extra: an administrator's own words for the engine.  The engine runs in a jail and can be given nothing by
 * path, and what it has as walls must stay; so only options are passed on that add or tune virtual hardware
 * and name nothing outside of it.  All others are refused by name.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/zone.h"
#include "bhyve/engine.h"

bool kvm_flavour(const struct bconf *c)
{
        return bconf_child(c, "kvm", 0) != NULL;
}

/* ---- what may be said -----------------------------------------------------------------------------------
 */

static bool one_of(const char *word, size_t len, const char *const *list)
{
        for (; *list; list++)
                if (strlen(*list) == len && strncmp(word, *list, len) == 0)
                        return true;
        return false;
}

/* KEY=VALUE[,KEY=VALUE...] with keys of the list only, and values that name no path. */
static bool keys_fit(const char *text, const char *const *keys)
{
        while (*text) {
                size_t len = strcspn(text, ","), key = strcspn(text, "=,");

                if (key >= len || !one_of(text, key, keys) || memchr(text, '/', len))
                        return false;
                text += len;
                if (*text == ',' && *++text == '\0')
                        return false;
        }
        return true;
}

/* The value of a key in such a text, up to its comma; NULL: it is not said. */
static const char *value_of(const char *text, const char *key, size_t *ret_len)
{
        size_t n = strlen(key);

        for (; text; text = strchr(text, ','), text = text ? text + 1 : NULL)
                if (strncmp(text, key, n) == 0 && text[n] == '=') {
                        *ret_len = strcspn(text + n + 1, ",");
                        return text + n + 1;
                }
        return NULL;
}

static bool value_in(const char *text, const char *key, const char *const *words)
{
        size_t len;
        const char *value = value_of(text, key, &len);

        return !value || one_of(value, len, words);
}

static bool value_number(const char *text, const char *key, uint64_t max)
{
        size_t len;
        const char *value = value_of(text, key, &len);
        uint64_t n;

        return !value || (number_take(&value, max, &n) && (*value == ',' || !*value));
}

static bool boot_fits(const char *value)
{
        static const char *const keys[] = {"menu", "splash-time", "reboot-timeout", "strict", NULL};
        static const char *const switches[] = {"on", "off", NULL};
        size_t len;
        const char *timeout = value_of(value, "reboot-timeout", &len);

        return *value && keys_fit(value, keys) && value_in(value, "menu", switches) &&
               value_in(value, "strict", switches) && value_number(value, "splash-time", UINT16_MAX) &&
               ((timeout && len == 2 && str_starts(timeout, "-1")) ||
                value_number(value, "reboot-timeout", UINT16_MAX));
}

static bool smbios_fits(const char *value)
{
        static const char *const keys[] = {"type",  "vendor",       "version",  "date",   "release", "uefi",
                                           "asset", "manufacturer", "product",  "serial", "uuid",    "sku",
                                           "part",  "family",       "location", "bank",   "speed",   "value",
                                           "kind",  "sock_pfx",     "loc_pfx",  NULL};

        size_t len;
        const char *uuid = value_of(value, "uuid", &len);
        char text[UUID_TEXT];

        if (uuid && len == sizeof(text) - 1)
                snprintf(text, sizeof(text), "%.*s", (int)len, uuid);
        return str_starts(value, "type=") && keys_fit(value, keys) &&
               (!uuid || (len == sizeof(text) - 1 && uuid_valid(text)));
}

/* Devices that are complete in themselves: nothing of the host stands behind them. */
static bool device_fits(const char *value)
{
        static const char *const drivers[] = {
            "i6300esb",         "ib700",          "nec-usb-xhci",       "piix3-usb-uhci",
            "pvpanic",          "qemu-xhci",      "usb-ehci",           "usb-kbd",
            "usb-mouse",        "usb-tablet",     "virtio-balloon-pci", "virtio-keyboard-pci",
            "virtio-mouse-pci", "virtio-rng-pci", "virtio-tablet-pci",  NULL};
        static const char *const keys[] = {"id",     "bus",       "port",   "addr",           "multifunction",
                                           "action", "max-bytes", "period", "deflate-on-oom", NULL};
        size_t len = strcspn(value, ",");

        return one_of(value, len, drivers) &&
               (!value[len] || (value[len + 1] && keys_fit(value + len + 1, keys)));
}

/* DRIVER.PROPERTY=VALUE.  A property that names a file or a back end is none of ours. */
static bool global_fits(const char *value)
{
        static const char *const backends[] = {"romfile",  "chardev", "drive",  "netdev",
                                               "audiodev", "fsdev",   "memdev", "tpmdev",
                                               "filename", "evdev",   "host",   NULL};
        const char *dot = strchr(value, '.'), *eq = strchr(value, '=');

        return dot && eq && dot < eq && dot > value && eq > dot + 1 && !strchr(value, '/') &&
               !one_of(dot + 1, (size_t)(eq - dot - 1), backends) &&
               (!str_starts(dot, ".mac=") || mac_valid(eq + 1));
}

static bool layout_fits(const char *value)
{
        /* The key maps that QEMU comes with. */
        static const char *const layouts[] = {
            "ar",    "cz",    "da",    "de",    "de-ch", "en-gb", "en-us", "es", "et", "fi",   "fo", "fr",
            "fr-be", "fr-ca", "fr-ch", "hr",    "hu",    "is",    "it",    "ja", "lt", "lv",   "mk", "nl",
            "no",    "pl",    "pt",    "pt-br", "ru",    "sl",    "sv",    "th", "tr", "bepo", NULL};

        return one_of(value, strlen(value), layouts);
}

static bool usbdevice_fits(const char *value)
{
        static const char *const words[] = {"tablet", "mouse", "keyboard", NULL};

        return one_of(value, strlen(value), words);
}

static bool watchdog_fits(const char *value)
{
        static const char *const words[] = {"i6300esb", "ib700", NULL};

        return one_of(value, strlen(value), words);
}

static bool action_fits(const char *value)
{
        /* What ends the machine comes to the zone as an event, so that it can act on it. */
        static const char *const words[] = {"reset", "shutdown", "poweroff", "inject-nmi",
                                            "pause", "none",     NULL};

        return one_of(value, strlen(value), words);
}

#define HOST_RULE "cannot be given to a jailed hypervisor: nothing of the host may be named, see kvm(7)"

static const struct {
        const char *name;
        bool (*fits)(const char *value); /* NULL: the option has no value */
        const char *rule;
} options[] = {
    {"-boot", boot_fits,
     "menu=on|off, splash-time=, reboot-timeout= and strict=on|off can be said; the order is attr bootorder"},
    {"-device", device_fits, HOST_RULE},
    {"-global", global_fits, HOST_RULE ", and a mac is the address of one station"},
    {"-k", layout_fits, "a keyboard layout of QEMU's is needed, as en-us or de"},
    {"-no-acpi", NULL, NULL},
    {"-no-hpet", NULL, NULL},
    {"-smbios", smbios_fits, "type=N and fields are needed, and a uuid is 8-4-4-4-12 hexadecimal digits"},
    {"-usb", NULL, NULL},
    {"-usbdevice", usbdevice_fits, "tablet, mouse or keyboard is needed"},
    {"-watchdog", watchdog_fits, "i6300esb or ib700 is needed"},
    {"-watchdog-action", action_fits, "reset, shutdown, poweroff, inject-nmi, pause or none is needed"},
};

/* Does a device, or an option, bring a USB bus along? */
static bool has_usb(const char *option, const char *value)
{
        static const char *const controllers[] = {"nec-usb-xhci", "piix3-usb-uhci", "qemu-xhci", "usb-ehci",
                                                  NULL};

        if (strcmp(option, "-device") == 0)
                return one_of(value, strcspn(value, ","), controllers);
        return strcmp(option, "-usb") == 0 || strcmp(option, "-usbdevice") == 0;
}

static int check_extra(const struct bconf *c, struct error *err)
{
        const char *word, *usb_device = NULL;
        bool usb = false;

        for (unsigned n = 0; (word = bconf_getf(c, "kvm.extra.%u", n)); n++) {
                /* --option is the same as -option. */
                const char *name = str_starts(word, "--") ? word + 1 : word, *value = NULL;
                size_t i = 0;

                while (i < ARRAY_SIZE(options) && strcmp(options[i].name, name) != 0)
                        i++;
                if (i == ARRAY_SIZE(options))
                        return error_set(
                            err, EINVAL,
                            "extra: %s cannot be given to a jailed hypervisor (these can: -boot, "
                            "-device, -global, -k, -no-acpi, -no-hpet, -smbios, -usb, -usbdevice, "
                            "-watchdog, -watchdog-action)",
                            word);
                usb |= !options[i].fits && has_usb(name, "");
                if (!options[i].fits)
                        continue;
                value = bconf_getf(c, "kvm.extra.%u", ++n);
                if (!value)
                        return error_set(err, EINVAL, "extra: %s: its value is missing", word);
                if (!options[i].fits(value))
                        return error_set(err, EINVAL, "extra: %s %s: %s", word, value, options[i].rule);
                usb |= has_usb(name, value);
                if (strcmp(name, "-device") == 0 && str_starts(value, "usb-") && !has_usb(name, value))
                        usb_device = value;
        }
        if (usb_device && !usb)
                return error_set(err, EINVAL, "extra: -device %s: there is no USB bus without -usb",
                                 usb_device);
        return 0;
}

/* A CPU model and its features: "qemu64,+vmx,-svm,level=4". */
static bool cpu_fits(const char *cpu)
{
        if (!isalnum((unsigned char)*cpu))
                return false;
        for (const char *p = cpu; *p; p++)
                if (!isalnum((unsigned char)*p) && !strchr("_.,+=-", *p))
                        return false;
        return !strstr(cpu, ",,") && cpu[strlen(cpu) - 1] != ',';
}

/* utc, localtime, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS */
static bool base_fits(const char *rtc)
{
        static const char *const words[] = {"utc", "localtime", NULL}, *const forms[] = {"%Y-%m-%dT%H:%M:%S",
                                                                                         "%Y-%m-%d"};
        size_t len;
        const char *base = value_of(rtc, "base", &len), *end;
        char text[24];
        struct tm tm;

        if (!base || one_of(base, len, words))
                return true;
        if (len >= sizeof(text))
                return false;
        snprintf(text, sizeof(text), "%.*s", (int)len, base);
        for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
                end = strptime(text, forms[i], &tm);
                if (end && !*end)
                        return true;
        }
        return false;
}

/* base=utc|localtime|DATE, clock=host|rt|vm, driftfix=none|slew */
static bool rtc_fits(const char *rtc)
{
        static const char *const keys[] = {"base", "clock", "driftfix", NULL};
        static const char *const clocks[] = {"host", "rt", "vm", NULL}, *const fixes[] = {"none", "slew",
                                                                                          NULL};

        for (const char *p = rtc; *p; p++)
                if (!isalnum((unsigned char)*p) && !strchr("=,-:", *p))
                        return false;
        return *rtc && keys_fit(rtc, keys) && base_fits(rtc) && value_in(rtc, "clock", clocks) &&
               value_in(rtc, "driftfix", fixes);
}

int kvm_check(const struct bconf *c, struct error *err)
{
        const char *cpu = bconf_get(c, "kvm.cpu"), *rtc = bconf_get(c, "kvm.rtc");

        if (!kvm_flavour(c))
                return 0;
        if (cpu && !cpu_fits(cpu))
                return error_set(err, EINVAL, "cpu: '%s' is not a CPU model with features", cpu);
        if (rtc && !rtc_fits(rtc))
                return error_set(err, EINVAL,
                                 "rtc: '%s': it is base=utc|localtime|DATE, clock=host|rt|vm and "
                                 "driftfix=none|slew",
                                 rtc);
        return check_extra(c, err);
}

/* ---- the arguments --------------------------------------------------------------------------------------
 */

void emit_kvm_cpu(struct build *b)
{
        const char *cpu = str_empty(bconf_get(b->c, "kvm.cpu"));
        size_t model = strcspn(cpu, ",");

        doubt_cpu_model(b, cpu);
        strv_add(b->out, "-cpu");
        if (!b->env->kvm && model == 4 && str_starts(cpu, "host")) {
                notice(b, "cpu: host: the processor of this host cannot be had without KVM; the guest gets "
                          "all that emulation has");
                strv_addf(b->out, "max%s", cpu + model);
                return;
        }
        strv_add(b->out, cpu);
}

/* Words that the engine of OmniOS had and ours says otherwise. */
static void emit_extra(struct build *b)
{
        const char *word;
        bool has_bus = false;

        for (unsigned n = 0; (word = bconf_getf(b->c, "kvm.extra.%u", n)); n++)
                has_bus |= strcmp(word, "-usb") == 0 || strcmp(word, "--usb") == 0;
        for (unsigned n = 0; (word = bconf_getf(b->c, "kvm.extra.%u", n)); n++) {
                const char *name = str_starts(word, "--") ? word + 1 : word;
                bool usb = strcmp(name, "-usbdevice") == 0;

                /* Of QEMU 0.14, -usbdevice brought the bus along. */
                if (usb && !has_bus) {
                        strv_add(b->out, "-usb");
                        has_bus = true;
                }
                if (strcmp(name, "-no-hpet") == 0)
                        continue; /* there is none anyway */
                if (!usb && strcmp(name, "-watchdog") != 0) {
                        strv_add(b->out, word);
                        continue;
                }
                word = bconf_getf(b->c, "kvm.extra.%u", ++n);
                strv_add(b->out, "-device");
                strv_addf(b->out, "%s%s", usb ? "usb-" : "", strcmp(word, "keyboard") == 0 ? "kbd" : word);
        }
}

static int emit_ide_drive(const struct pci_dev *dev, unsigned port, const struct disk *disk, void *arg)
{
        struct build *b = arg;
        _cleanup_(strbuf_free) struct strbuf text = {0};
        int r = 0;

        if (port > 3)
                return error_set(b->err, EINVAL, "%s: the IDE controller has four places", dev->node);
        if (disk->ro && !disk->cd)
                return error_set(b->err, EINVAL, "%s: an IDE disk cannot be read-only; use virtio",
                                 disk->node);
        strbuf_printf(&text, "%s,bus=ide.%u,unit=%u", disk->cd ? "ide-cd" : "ide-hd", port / 2, port % 2);
        if (disk->path) {
                r = emit_disk_node(b, disk);
                if (r == 0)
                        r = put_disk(b, &text, disk, bconf_getf(b->c, "%s.serial", disk->node));
        }
        if (r < 0)
                return r;
        put_bootindex(b, &text, disk->id);
        return emit(b, "-device", &text);
}

int emit_ide(struct build *b, const struct pci_dev *dev)
{
        return ahci_each(b->c, dev, emit_ide_drive, b, b->err);
}

enum turn {
        TURN_SCREEN,
        TURN_IDE,
        TURN_STORAGE,
        TURN_NET,
        TURN_OTHER,
};

static enum turn turn_of(const struct pci_dev *dev)
{
        static const char *const storage[] = {"virtio-blk", "nvme", "ahci", "virtio-scsi", NULL};

        if (strcmp(dev->device, "fbuf") == 0)
                return TURN_SCREEN;
        if (strcmp(dev->device, "ide") == 0)
                return TURN_IDE;
        if (one_of(dev->device, strlen(dev->device), storage))
                return TURN_STORAGE;
        return is_net(dev->device) ? TURN_NET : TURN_OTHER;
}

static int each(struct build *b, enum turn turn, int (*fn)(struct build *b, const struct pci_dev *dev))
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < b->devs.n; i++)
                if (turn_of(&b->devs.v[i]) == turn)
                        r = fn(b, &b->devs.v[i]);
        return r;
}

int emit_kvm_devices(struct build *b)
{
        int r = each(b, TURN_SCREEN, emit_screen_device);

        if (r == 0)
                r = emit_serial_lines(b);
        if (r == 0)
                r = emit_placeholders(b);
        for (enum turn turn = TURN_IDE; r == 0 && turn <= TURN_OTHER; turn++)
                r = each(b, turn, emit_device);
        if (r == 0)
                r = each(b, TURN_SCREEN, emit_screen_server);
        if (r == 0)
                r = emit_tpm(b);
        if (r == 0)
                emit_extra(b);
        return r;
}
