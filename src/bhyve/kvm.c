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
#include <string.h>

#include "base/cleanup.h"
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

static bool boot_fits(const char *value)
{
        static const char *const keys[] = {"menu", "splash-time", "reboot-timeout", "strict", NULL};

        return *value && keys_fit(value, keys);
}

static bool smbios_fits(const char *value)
{
        static const char *const keys[] = {"type",  "vendor",       "version",  "date",   "release", "uefi",
                                           "asset", "manufacturer", "product",  "serial", "uuid",    "sku",
                                           "part",  "family",       "location", "bank",   "speed",   "value",
                                           "kind",  "sock_pfx",     "loc_pfx",  NULL};

        return str_starts(value, "type=") && keys_fit(value, keys);
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
               !one_of(dot + 1, (size_t)(eq - dot - 1), backends);
}

static bool layout_fits(const char *value)
{
        return *value && value[strspn(value, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
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

static const struct {
        const char *name;
        bool (*fits)(const char *value); /* NULL: the option has no value */
} options[] = {
    {"-boot", boot_fits},
    {"-device", device_fits},
    {"-global", global_fits},
    {"-k", layout_fits},
    {"-no-acpi", NULL},
    {"-no-hpet", NULL},
    {"-smbios", smbios_fits},
    {"-usb", NULL},
    {"-usbdevice", usbdevice_fits},
    {"-watchdog", watchdog_fits},
    {"-watchdog-action", action_fits},
};

static int check_extra(const struct bconf *c, struct error *err)
{
        const char *word;

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
                if (!options[i].fits)
                        continue;
                value = bconf_getf(c, "kvm.extra.%u", ++n);
                if (!value)
                        return error_set(err, EINVAL, "extra: %s: its value is missing", word);
                if (!options[i].fits(value))
                        return error_set(
                            err, EINVAL,
                            "extra: %s %s cannot be given to a jailed hypervisor: nothing of the "
                            "host may be named, see kvm(7)",
                            word, value);
        }
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

/* base=utc|localtime|DATE, clock=host|rt|vm, driftfix=none|slew */
static bool rtc_fits(const char *rtc)
{
        static const char *const keys[] = {"base", "clock", "driftfix", NULL};

        for (const char *p = rtc; *p; p++)
                if (!isalnum((unsigned char)*p) && !strchr("=,-:", *p))
                        return false;
        return *rtc && keys_fit(rtc, keys);
}

int kvm_check(const struct bconf *c, struct error *err)
{
        const char *cpu = bconf_get(c, "kvm.cpu"), *rtc = bconf_get(c, "kvm.rtc");

        if (!kvm_flavour(c))
                return 0;
        if (cpu && !cpu_fits(cpu))
                return error_set(err, EINVAL, "cpu: '%s' is not a CPU model with features", cpu);
        if (rtc && !rtc_fits(rtc))
                return error_set(err, EINVAL, "rtc: '%s': it is base=, clock= and driftfix=", rtc);
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

        for (unsigned n = 0; (word = bconf_getf(b->c, "kvm.extra.%u", n)); n++) {
                const char *name = str_starts(word, "--") ? word + 1 : word;
                bool usb = strcmp(name, "-usbdevice") == 0;

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
