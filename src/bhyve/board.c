/* Machine type, firmware, accelerator, CPUs, memory and clock. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/size.h"
#include "bhyve/engine.h"

#define MIB      ((uint64_t)1024 * 1024)
#define CPUS_MAX 255 /* without an interrupt remapping unit the board's APIC ids end here */

/* One flash chip: a protocol node under a raw node, as the machine's pflash options want it. */
static int emit_flash(struct build *b, const char *id, enum need_kind kind, const char *path)
{
        const char *ro = kind == NEED_ROM ? ",read-only=on" : "";
        struct strbuf text = {0};
        char name[4096];
        int r;

        r = file_name(b, kind, path, name);
        if (r < 0)
                return r;
        strbuf_printf(&text, "driver=file,node-name=%s-file%s", id, ro);
        put_value(&text, "filename", name);
        r = emit(b, "-blockdev", &text);
        if (r < 0)
                return r;
        strbuf_printf(&text, "driver=raw,node-name=%s,file=%s-file%s", id, id, ro);
        return emit(b, "-blockdev", &text);
}

static int emit_machine(struct build *b)
{
        const char *bootrom = bconf_get(b->c, "bootrom"), *vars = bconf_get(b->c, "bootvars");
        struct strbuf text = {0};
        bool in_core;
        int r;

        r = get_bool(b->c, "memory.guest_in_core", false, &in_core, b->err);
        if (r == 0)
                r = bhyve_firmware_check(bootrom, b->err);
        if (r == 0 && b->uefi)
                r = emit_flash(b, "bootrom", NEED_ROM, bhyve_firmware_code(bootrom));
        if (r == 0 && b->uefi && vars)
                r = emit_flash(b, "bootvars", NEED_VARS, vars);
        if (r < 0)
                return r;

        /* Only what bhyve's board has too; each device left out starts faster and is one less to attack. */
        strbuf_printf(&text, "%s,hpet=off,smm=off,vmport=off,usb=off,smbus=off%s,dump-guest-core=%s",
                      b->q35 ? "q35" : "pc", b->q35 ? ",sata=off" : "", in_core ? "on" : "off");
        if (vars && !b->uefi)
                notice(b, "bootvars: has no effect: the firmware is a BIOS, which keeps none");
        if (b->uefi)
                strbuf_printf(&text, ",pflash0=bootrom%s", vars ? ",pflash1=bootvars" : "");
        return emit(b, "-machine", &text);
}

static int emit_accel(struct build *b)
{
        strv_add(b->out, "-accel");
        strv_add(b->out, b->env->kvm ? "kvm" : "tcg,thread=multi");
        return 0;
}

static int read_topology(struct build *b, struct topology *ret)
{
        int r = bhyve_topology(b->c, ret, b->err);

        if (r == 0 && ret->cpus > CPUS_MAX)
                r = error_set(b->err, ENOTSUP, "%u vCPUs requested but only %d available", ret->cpus,
                              CPUS_MAX);
        return r;
}

/*
 * A guest asks processors of AMD and of Intel in different ways how many threads a core has.  The engine
 * answers as AMD only when told to, and TCG, whose processor is AMD's, cannot.
 */
static int emit_cpu_model(struct build *b)
{
        struct strbuf text = {0};
        struct topology t = {0};
        const char *said = bconf_get(b->c, "x86.x2apic");
        bool x2apic = false;
        int r;

        if (b->kvm) {
                emit_kvm_cpu(b);
                return 0;
        }
        r = get_bool(b->c, "x86.x2apic", false, &x2apic, b->err);
        if (r == 0)
                r = read_topology(b, &t);
        if (r < 0)
                return r;
        /* Five-level paging would only make the page walks of TCG longer. */
        strbuf_puts(&text, b->env->kvm ? "host" : "max,la57=off");
        /* KVM's guests choose unless it is said: in x2APIC mode, an access costs much less than the decoding
         * of an instruction. */
        if (said && b->env->kvm)
                strbuf_printf(&text, ",x2apic=%s", x2apic ? "on" : "off");
        else if (x2apic)
                notice(b, "x86.x2apic: has no effect: emulation has no x2APIC");
        if (t.threads > 1 && !b->env->kvm)
                strbuf_puts(&text, ",vendor=GenuineIntel");
        else if (t.threads > 1 && b->env->amd)
                strbuf_puts(&text, ",topoext=on");
        return emit(b, "-cpu", &text);
}

static int emit_topology(struct build *b)
{
        struct topology t;
        int r;

        r = read_topology(b, &t);
        if (r < 0)
                return r;
        strv_add(b->out, "-smp");
        strv_addf(b->out, "cpus=%u,sockets=%u,cores=%u,threads=%u,maxcpus=%u", t.cpus, t.sockets, t.cores,
                  t.threads, t.cpus);
        return 0;
}

static bool has_passthru(const struct build *b)
{
        for (size_t i = 0; i < b->devs.n; i++)
                if (strcmp(b->devs.v[i].device, "passthru") == 0)
                        return true;
        return false;
}

static int emit_memory(struct build *b)
{
        const char *size = bconf_get(b->c, "memory.size");
        uint64_t bytes;
        bool wired;
        int r;

        if (size_parse_ram(size, &bytes) < 0 || bytes == 0)
                return error_set(b->err, EINVAL, "invalid memsize '%s'", size);
        r = get_bool(b->c, "memory.wired", false, &wired, b->err);
        if (r < 0)
                return r;
        strv_add(b->out, "-m");
        strv_addf(b->out, "size=%" PRIu64 "M", bytes / MIB + (bytes % MIB != 0));
        /* VFIO pins the guest's memory, and only that, by itself. */
        if (wired && !(b->zone && has_passthru(b))) {
                strv_add(b->out, "-overcommit");
                strv_add(b->out, "mem-lock=on");
        }
        return 0;
}

static int emit_clock(struct build *b)
{
        const char *kvm = bconf_get(b->c, "kvm.rtc");
        bool local = true;
        int r;

        if (kvm) {
                strv_add(b->out, "-rtc");
                strv_add(b->out, kvm);
                return 0;
        }
        r = get_bool(b->c, "rtc.use_localtime", true, &local, b->err);
        if (r < 0)
                return r;
        strv_add(b->out, "-rtc");
        strv_add(b->out, local ? "base=localtime" : "base=utc");
        return 0;
}

/* bhyve's layouts are FreeBSD's ("de_noacc", "us_unix"); the engine's are X11's ("de", "en-us"). */
static int emit_keyboard(struct build *b)
{
        static const char *const layouts[] = {
            "ar", "bepo",  "cz",    "da",    "de",    "de-ch", "en-gb", "en-us", "es", "et", "fi", "fo",
            "fr", "fr-be", "fr-ca", "fr-ch", "hr",    "hu",    "is",    "it",    "ja", "lt", "lv", "mk",
            "nl", "no",    "pl",    "pt",    "pt-br", "ru",    "sl",    "sv",    "th", "tr"};
        static const char *const others[][2] = {
            {"us", "en-us"}, {"uk", "en-gb"}, {"jp", "ja"}, {"dk", "da"}, {"se", "sv"}, {"br", "pt-br"},
        };
        const char *wanted = bconf_get(b->c, "keyboard.layout"), *found = NULL;
        size_t len;

        if (!wanted)
                return 0;
        len = strcspn(wanted, "_");
        for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
                if (strncmp(wanted, layouts[i], len) == 0 && layouts[i][len] == '\0')
                        found = layouts[i];
        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                if (strncmp(wanted, others[i][0], len) == 0 && others[i][0][len] == '\0')
                        found = others[i][1];
        if (!found)
                return error_set(b->err, ENOTSUP, "keyboard.layout: there is no layout '%s'", wanted);
        strv_add(b->out, "-k");
        strv_add(b->out, found);
        return 0;
}

int emit_board(struct build *b)
{
        static int (*const parts[])(struct build *) = {
            emit_machine, emit_accel, emit_cpu_model, emit_topology, emit_memory, emit_clock, emit_keyboard,
        };
        static int (*const kvm_parts[ARRAY_SIZE(parts)])(struct build *) = {
            emit_machine, emit_accel, emit_memory, emit_topology, emit_cpu_model, emit_clock, emit_keyboard,
        };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
                r = b->kvm ? kvm_parts[i](b) : parts[i](b);
        return r;
}
