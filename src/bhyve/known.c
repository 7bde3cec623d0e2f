/*
 * Says what has no effect.  bhyve takes any variable and any option of a device and uses those that it knows;
 * so do we, but a word that nobody reads is told: it is a slip, or something that this engine does not have.
 *
 * A * in a pattern stands for one part between dots.  What begins with ! is known and without effect, and the
 * reason follows.
 */
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/engine.h"

struct group {
        const char *device;         /* "": the variables that are not a device's */
        const char *const *pattern; /* NULL-terminated; a reason follows each that begins with ! */
};

#define PATTERNS(...)                                                                                        \
        (const char *const[])                                                                                \
        {                                                                                                    \
                __VA_ARGS__, NULL                                                                            \
        }
#define DISK_OPTIONS "ro", "nocache", "direct", "sync", "nodelete", "bootindex", "sectorsize", "sectsz"
#define DISK_WORDS   "path", DISK_OPTIONS
#define PORT_WORDS                                                                                           \
        "port.*.type", "port.*.path", "port.*.ro", "port.*.nocache", "port.*.direct", "port.*.sync",         \
            "port.*.nodelete", "port.*.bootindex", "port.*.sectorsize", "port.*.sectsz"
#define LINK_WORDS                                                                                           \
        "vnic", "type", "backend", "mac", "zonecfg-net", "bootindex", "hostfwd", "open", "!promiscphys",     \
            OUTSIDE, "!promiscsap", OUTSIDE, "!promiscmulti", OUTSIDE, "!promiscrxonly", OUTSIDE
#define OUTSIDE "what a link lets through is decided outside of the machine"
#define IDS     "the board's own ids are seen"
#define QUEUES  "the engine chooses its queues"

static const struct group groups[] = {
    {"",
     PATTERNS("acpi_tables", "acpi_tables_in_memory", "bootrom", "bootvars", "config.dump", "cores", "cpus",
              "destroy_on_poweroff", "domains.*.size", "domains.*.cpus", "!domains.*.domain_policy",
              "the host places the memory", "fwcfg.*.name", "fwcfg.*.string", "fwcfg.*.file", "gdb.address",
              "gdb.port", "gdb.wait", "keyboard.layout", "kvm.cpu", "kvm.extra.*", "kvm.rtc", "lpc.bootrom",
              "lpc.com1.path", "lpc.com2.path", "lpc.com3.path", "lpc.com4.path", "lpc.fwcfg",
              "lpc.pc-testdev", "memory.guest_in_core", "memory.size", "memory.use_reservoir", "memory.wired",
              "name", "!pci.enable_bars", "the firmware decides", "privileges.debug", "rtc.use_localtime",
              "sockets", "suspend_at_boot", "threads", "tpm.path", "tpm.type", "tpm.version", "uuid",
              "vcpu.*.cpuset", "virtio.legacy", "virtio.modern", "virtio.msix", "virtio_msix",
              "!debug.persist", "nothing of a machine outlives its process", "x86.mptable", "x86.strictio",
              "x86.strictmsr", "x86.vmexit_on_hlt", "x86.vmexit_on_pause", "x86.x2apic")},
    {"ahci", PATTERNS(PORT_WORDS, "port.*.model", "port.*.rev", "port.*.nmrr", "port.*.ser", "!port.*.serial",
                      "ahci reads ser")},
    {"ide", PATTERNS(PORT_WORDS, "port.*.serial")},
    {"e1000", PATTERNS(LINK_WORDS, "!mtu", "e1000 has no such thing")},
    {"fbuf", PATTERNS("tcp", "unix", "w", "h", "wait", "password", "vga", "vnc")},
    {"hda", PATTERNS("play", "rec")},
    {"hostbridge", PATTERNS("model", "!pcireg.vendor", IDS, "!pcireg.device", IDS)},
    {"amd_hostbridge", PATTERNS("!pcireg.vendor", IDS, "!pcireg.device", IDS)},
    {"lpc", PATTERNS("model")},
    {"nvme", PATTERNS(DISK_WORDS, "ram", "ser", "eui64", "maxq", "dsm", "!serial", "nvme reads ser", "!qsz",
                      QUEUES, "!ioslots", QUEUES)},
    {"passthru", PATTERNS("path", "pptdev", "bus", "slot", "func", "rom", "bootindex")},
    {"uart", PATTERNS("path")},
    {"virtio-9p", PATTERNS("sharename", "path", "ro")},
    {"virtio-blk", PATTERNS(DISK_WORDS, "serial", "ser")},
    {"virtio-console", PATTERNS("port.*.name", "port.*.path")},
    {"virtio-input", PATTERNS("path")},
    {"virtio-net", PATTERNS(LINK_WORDS, "mtu", "vqsize", "rxvqsize", "!txvqsize", QUEUES, "!qpair", QUEUES,
                            "!feature_mask", "all features are offered")},
    {"virtio-net-viona", PATTERNS(LINK_WORDS, "mtu", "vqsize", "rxvqsize", "!txvqsize", QUEUES, "!qpair",
                                  QUEUES, "!feature_mask", "all features are offered")},
    {"virtio-rnd", PATTERNS("device")},
    {"virtio-scsi", PATTERNS("target", "dev", DISK_OPTIONS, "!iid", "it is CTL's", "!backend", "there is one",
                             "!ctl_ringsz", QUEUES, "!evt_ringsz", QUEUES, "!req_ringsz", QUEUES,
                             "!thr_per_q", QUEUES, "!num_queues", QUEUES, "!seg_max", QUEUES)},
    {"xhci", PATTERNS("slot.*.device")},
};

static bool matches(const char *pattern, const char *name)
{
        for (;;) {
                size_t p = strcspn(pattern, "."), n = strcspn(name, ".");

                if (!(p == 1 && *pattern == '*') && (p != n || memcmp(pattern, name, p) != 0))
                        return false;
                if (pattern[p] != name[n])
                        return false;
                if (pattern[p] == '\0')
                        return true;
                pattern += p + 1;
                name += n + 1;
        }
}

/* *ret_why is NULL for what has an effect. */
static bool is_known(const char *device, const char *name, const char **ret_why)
{
        for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
                if (strcmp(groups[i].device, device) != 0)
                        continue;
                for (const char *const *p = groups[i].pattern; *p; p++) {
                        bool idle = **p == '!';
                        const char *pattern = *p + idle;

                        *ret_why = idle ? *++p : NULL;
                        if (matches(pattern, name))
                                return true;
                }
        }
        return false;
}

/* Behind "pci.B.S.F.", or NULL. */
static const char *below_device(const char *name)
{
        if (!str_starts(name, "pci."))
                return NULL;
        for (int dots = 0; *name; name++)
                if (*name == '.' && ++dots == 4)
                        return name + 1;
        return NULL;
}

static int look_at(const char *name, const char *value, void *arg)
{
        struct build *b = arg;
        const char *key = below_device(name), *device = "", *why = NULL;

        (void)value;
        if (key) {
                device = str_empty(bconf_getf(b->c, "%.*s.device", (int)(key - name) - 1, name));
                if (strcmp(key, "device") == 0)
                        return 0;
        }
        if (!key && smbios_has(name))
                return 0;
        if (!is_known(device, key ? key : name, &why)) {
                if (!bconf_is_referred_to(b->c, name))
                        notice(b, "%s: %s%sunknown, has no effect", name, device, *device ? ": " : "");
        } else if (why) {
                notice(b, "%s: has no effect: %s", name, why);
        }
        return 0;
}

int check_known(struct build *b)
{
        if (!b->env->notices)
                return 0;
        if (b->zone && bconf_bool(b->c, "config.dump", false) > 0)
                notice(b, "config.dump: has no effect: a zone has nobody to read it; the brand's boot -j "
                          "shows the variables");
        return bconf_each(b->c, look_at, b);
}
