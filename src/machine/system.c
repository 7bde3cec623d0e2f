/*
 * The machine itself: processors, firmware, serial ports, switches.  Each can be said by an attribute
 * (OmniOS) or by a resource (RFD 121); said twice with different values is a finding that names both places.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"
#include "machine/builder.h"

#define VCPUS_MAX    255 /* what the engine's boards take */
#define DEFAULT_ROM  "BHYVE_RELEASE_CSM"
#define DEFAULT_COM1 "/dev/zconsole"
#define BOOT_CD      "path0,bootdisk,cdrom0"
#define BOOT_DC      "cdrom0,path0,bootdisk"

/* N in 1..65535 at *p, which is moved behind it; 0 if there is none.  bhyve reads 010 as eight: nobody means
 * that, and whoever means ten can write it. */
static unsigned topology_number(const char **p)
{
        char *end;
        unsigned long n;

        if (!isdigit((unsigned char)**p) || **p == '0')
                return 0;
        errno = 0;
        n = strtoul(*p, &end, 10);
        *p = end;
        return errno || n > 65535 ? 0 : (unsigned)n;
}

/* [[cpus=]N][,sockets=S][,cores=C][,threads=T] in any order.  0 if it is no such text. */
static unsigned vcpus_parse(struct builder *b, const char *text)
{
        static const char *const word[] = {"cpus=", "sockets=", "cores=", "threads="};
        unsigned n[4] = {0}; /* cpus, sockets, cores, threads */
        const char *p = text;

        do {
                size_t i = 0;

                p += *p == ',';
                while (i < 4 && !str_starts(p, word[i]))
                        i++;
                if (i == 4 && !isdigit((unsigned char)*p))
                        return 0;
                p += i < 4 ? strlen(word[i]) : 0;
                i %= 4; /* a bare number is the number of CPUs */
                if (n[i] || !(n[i] = topology_number(&p)))
                        return 0;
        } while (*p == ',');
        if (*p)
                return 0;
        for (size_t i = 2; i < 4; i++)
                n[i] = n[i] ? n[i] : 1;
        if (!n[1])
                n[1] = n[0] ? n[0] : 1;
        if ((uint64_t)n[1] * n[2] * n[3] > 65535)
                return UINT16_MAX;
        if (n[0] && n[1] * n[2] * n[3] != n[0])
                problem(b,
                        "attr vcpus %s: Topology (%u sockets, %u cores, %u threads) does not match %u vCPUs",
                        text, n[1], n[2], n[3], n[0]);
        return n[1] * n[2] * n[3];
}

static void build_vcpus(struct builder *b)
{
        const char *vcpus = attr_get(b, "vcpus");
        unsigned cpus = 0, min = 0, max = 0;
        bool dedicated = config_dedicated_cpu(b->cfg, &min, &max) == 0;
        uint64_t cap;

        b->m->dedicated[0] = min;
        b->m->dedicated[1] = max;
        if (vcpus) {
                cpus = vcpus_parse(b, vcpus);
                if (cpus == 0)
                        problem(b, "attr vcpus %s: [[cpus=]N][,sockets=N][,cores=N][,threads=N] is needed",
                                *vcpus ? vcpus : "(empty)");
                else if (dedicated && (cpus < min || cpus > max))
                        problem(b, "attr vcpus says %u, but dedicated-cpu ncpus says %s", cpus,
                                min == max ? keepf(b, "%u", min) : keepf(b, "%u-%u", min, max));
        } else if (dedicated) {
                cpus = min;
        } else if (config_rctl(b->cfg, "cpu-cap", &cap) == 0) {
                cpus = cap / 100 > 65535 ? 65535 : (unsigned)(cap / 100); /* whole CPUs of the cap */
        }
        if (cpus > VCPUS_MAX)
                problem(b, "%s: %u vCPUs, but a machine has at most %u",
                        vcpus       ? "attr vcpus"
                        : dedicated ? "dedicated-cpu ncpus"
                                    : "capped-cpu ncpus (and no attr vcpus)",
                        cpus, VCPUS_MAX);
        b->m->cpus = cpus ? cpus : 1;
        b->m->vcpus = copy(b, vcpus ? vcpus : keepf(b, "%u", b->m->cpus));
        note_opt(b, "vcpus", b->m->vcpus);
}

static void build_type(struct builder *b)
{
        static const char *const types[] = {"generic", "windows", "openbsd"};
        const char *type = attr_get(b, "type");

        note_opt(b, "type", type ? type : types[0]);
        for (unsigned i = 0; type && i < ARRAY_SIZE(types); i++)
                if (strcmp(type, types[i]) == 0) {
                        b->m->type = (enum guest_type)i;
                        return;
                }
        if (type)
                problem(b, "attr type %s: generic, windows or openbsd is needed", type);
}

static void build_firmware(struct builder *b)
{
        const struct resource *lpc = config_first(b->cfg, "lpc");
        const char *attr = attr_get(b, "bootrom"), *res = lpc ? resource_get(lpc, "bootrom") : NULL;
        const char *order = attr_get(b, "bootorder"), *next = attr_get(b, "bootnext");
        bool uefivars = attr_bool(b, "uefivars", true);
        const char *path = NULL, *from_res = NULL;

        if (attr)
                path = firmware_path(b, "attr bootrom", attr);
        if (res)
                from_res = firmware_path(b, "lpc", res);
        path = one_fact(b, "attr bootrom", path, "lpc bootrom", from_res);
        if (!attr && !res)
                path = firmware_path(b, "bootrom", DEFAULT_ROM);
        if (path) {
                b->m->bootrom = copy(b, path);
                b->m->uefi = uefivars && bhyve_firmware_is_uefi(path);
        }
        if (!order || strcmp(order, "cd") == 0)
                order = BOOT_CD;
        else if (strcmp(order, "dc") == 0)
                order = BOOT_DC;
        boot_list_check(b, "attr bootorder", order);
        b->m->bootorder = copy(b, order);
        if (next && *next) {
                boot_list_check(b, "attr bootnext", next);
                b->m->bootnext = copy(b, next);
                if (!b->m->uefi)
                        strv_addf(&b->m->doubtful, "attr bootnext: has no effect: %s",
                                  path && bhyve_firmware_is_uefi(path)
                                      ? "uefivars is off"
                                      : "the firmware is a BIOS, which keeps no variables");
        }
        b->cd_slot = !b->m->uefi && str_starts(order, "bootdisk") && b->m->type != GUEST_WINDOWS ? 7 : 3;
        note_opt(b, "bootrom", path);
        note_opt(b, "uefivars", uefivars ? "on" : "off");
        note_opt(b, "bootorder", order);
        note_opt(b, "bootnext", next);
}

const char *com_line(struct builder *b, const char *value)
{
        bool socket = str_starts(value, "socket,");
        const char *path = socket ? value + strlen("socket,") : value, *comma = strchr(path, ',');

        if (path[0] != '/' || (comma && (!socket || strcmp(comma, ",wait") != 0)))
                return NULL;
        return comma ? keepf(b, "%.*s", (int)(comma - value), value) : value;
}

static void build_com(struct builder *b)
{
        /* com0 and a plain com name no port; they are ignored, as on OmniOS. */
        struct numbered attr = {.name = "com", .limit = 5};
        const struct resource *lpc = config_first(b->cfg, "lpc");
        const char *console = attr_get(b, "console");

        attr_numbered(b, &attr);
        /* SmartOS calls the console com1. */
        attr.value[1] = one_fact(b, "attr console", console, "attr com1", attr.value[1]);
        for (unsigned i = 0; i < 4; i++) {
                const char *name = keepf(b, "com%u", i + 1), *res = lpc ? resource_get(lpc, name) : NULL;
                const char *where = keepf(b, "attr %s", i == 0 && console ? "console" : name);
                const char *value = one_fact(b, where, attr.value[i + 1], keepf(b, "lpc %s", name), res);

                if (!value && i == 0)
                        value = DEFAULT_COM1;
                if (!value)
                        continue;
                const char *line = com_line(b, value);

                if (!attr.value[i + 1] && res)
                        where = keepf(b, "lpc %s", name);
                if (!line)
                        problem(b, "%s %s: the path of a device, or socket,PATH, is needed", where,
                                *value ? value : "(empty)");
                b->m->com[i] = copy(b, line ? line : value);
                b->m->com_where[i] = copy(b, where);
        }
        note_opt(b, "console", b->m->com[0]);
}

const char *machine_smbios_uuid(const struct config *cfg)
{
        const struct resource *res = NULL;

        while ((res = config_next(cfg, "smbios", res)))
                if (streq_null(resource_get(res, "type"), "1") && resource_named(res, "field", "uuid"))
                        return resource_named(res, "field", "uuid");
        return NULL;
}

/* A UUID is a number: its case says nothing. */
static const char *one_uuid(struct builder *b, const char *where_a, const char *a, const char *where_b,
                            const char *b_value)
{
        if (a && b_value && strcasecmp(a, b_value) == 0)
                return a;
        return one_fact(b, where_a, a, where_b, b_value);
}

static void build_uuid(struct builder *b, const char *uuid)
{
        const char *attr = attr_get(b, "uuid"), *global = config_global(b->cfg, "uuid");
        const char *said;

        attr = attr && *attr ? attr : NULL;
        global = global && *global ? global : NULL;
        said = one_uuid(b, "attr uuid", attr, "uuid", global);
        said =
            one_uuid(b, attr ? "attr uuid" : "uuid", said, "smbios field uuid", machine_smbios_uuid(b->cfg));
        if (said && !uuid_valid(said)) {
                problem(b, "%s %s: 8-4-4-4-12 hexadecimal digits are needed",
                        attr     ? "attr uuid"
                        : global ? "uuid"
                                 : "smbios field uuid",
                        said);
                said = NULL;
        }
        if (!said && uuid && uuid_valid(uuid))
                said = uuid;
        if (said)
                memcpy(b->m->uuid, said, UUID_TEXT);
        else
                uuid_make(b->m->uuid);
}

static void build_extra(struct builder *b)
{
        struct numbered extra = {.name = "extra", .limit = 16, .plain = true};
        /* SmartOS: words between blanks, without quoting. */
        const char *more = attr_get(b, "bhyve-extra-opts");

        attr_numbered(b, &extra);
        for (unsigned i = 0; i < extra.limit; i++)
                if (extra.value[i] && shell_split(extra.value[i], &b->m->extra) == -EINVAL)
                        problem(b, "attr extra%u: a quote is not closed", i);
        for (const char *p = str_empty(more); *p;) {
                size_t n = strcspn(p, " \t");

                if (n > 0)
                        strv_addf(&b->m->extra, "%.*s", (int)n, p);
                p += n + (p[n] != '\0');
        }
}

/* Ours: a zone's TPM is swtpm, and there is nothing to say about it but whether it is there. */
static void build_tpm(struct builder *b)
{
        b->m->tpm = attr_bool(b, "tpm", false);
        if (b->m->tpm)
                note_opt(b, "tpm", "on");
}

void build_basics(struct builder *b, const char *uuid)
{
        build_uuid(b, uuid);
        build_ram(b);
        build_vcpus(b);
        build_tpm(b);
        note_opt(b, "uuid", b->m->uuid);
}

void build_system(struct builder *b, const char *uuid)
{
        struct machine *m = b->m;
        const char *acpi = attr_get(b, "acpi");

        build_uuid(b, uuid);
        build_type(b);
        build_ram(b);
        build_vcpus(b);
        build_firmware(b);
        build_com(b);
        if (acpi && word_bool(acpi) < 0)
                strv_addf(&m->doubtful, "attr acpi: %s is neither on nor off; it is taken as on", acpi);
        m->acpi = !acpi || word_bool(acpi) != 0;
        m->memreserve = attr_bool(b, "memreserve", false);
        m->debug_persist = attr_bool(b, "debug.persist", false);
        m->priv_debug = attr_bool(b, "priv.debug", false);
        note_opt(b, "acpi", m->acpi ? "on" : "off");
        note_opt(b, "memreserve", m->memreserve ? "on" : "off");
        note_opt(b, "debug.persist", m->debug_persist ? "on" : "off");
        note_opt(b, "priv.debug", m->priv_debug ? "on" : "off");
        note_opt(b, "uuid", m->uuid);
        build_tpm(b);
        build_extra(b);
}
