/*
 * The machine of a kvm zone, from OmniOS's attributes for it.  It is a QEMU machine with the board's own IDE
 * controller, a display adapter whether anybody looks or not, and drives that count themselves: one index
 * runs over CD-ROMs, boot disk and disks, and makes the serial number of a drive that has none.
 *
 * Places: PCI 1:1 IDE, 2 display adapter, then what QEMU's pc board gave out by itself at that time, from 3
 * on: first the network adapters, then the virtio disks.  Guests know their network by that place (ens3).
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/listen.h"
#include "machine/builder.h"

#define DEFAULT_CPU "qemu64"
#define DEFAULT_RTC "base=utc,driftfix=slew"
#define CDROMS      6
#define DISKS       11
#define IDE_PLACES  4
#define VNC_SOCKET  "/tmp/vm.vnc"
#define VNC_PORT    5900

struct drive {
        const char *where, *path, *serial;
        unsigned index;
        bool cd, ro, nocache, sync;
};

struct drives {
        struct drive v[CDROMS + 1 + DISKS];
        size_t n;
        unsigned index; /* the next one */
        bool ide, ahci; /* diskif, if not virtio */
};

/* ---- drives ---------------------------------------------------------------------------------------------
 */

/* Does a resource show exactly this path to the zone? */
static bool given(const struct builder *b, const char *path)
{
        static const char *const from[][2] = {{"device", "match"}, {"disk", "path"}, {"fs", "dir"}};

        for (size_t i = 0; i < ARRAY_SIZE(from); i++) {
                const struct resource *res = NULL;

                while ((res = config_next(b->cfg, from[i][0], res))) {
                        const char *said = str_empty(resource_get(res, from[i][1]));
                        const char *rest = i == 2 ? path_below(said, path) : NULL;

                        if (strcmp(said, path) == 0 || (rest && rest > path) ||
                            (i < 2 && fnmatch(said, path, FNM_PATHNAME) == 0))
                                return true;
                }
        }
        return false;
}

/* Below /dev as it is, anything else is a volume, even with a slash in front; but a file that a resource
 * gives to the zone is that file. */
static const char *disk_path(struct builder *b, const char *path)
{
        if (str_starts(path, "/dev/") || (*path == '/' && given(b, path)))
                return path;
        while (*path == '/')
                path++;
        return keepf(b, MACHINE_ZVOL_DIR "%s", path);
}

/* The options of QEMU's -drive that say something about the drive itself. */
static bool drive_option(struct drive *d, const char *word)
{
        const char *value = strchr(word, '=');

        value = value ? value + 1 : "";
        if (str_starts(word, "serial=") && *value)
                d->serial = value;
        else if (str_starts(word, "cache=")) {
                bool through = strcmp(value, "writethrough") == 0, direct = strcmp(value, "directsync") == 0;

                d->nocache = direct || strcmp(value, "none") == 0;
                d->sync = direct || through;
                return d->nocache || through || strcmp(value, "writeback") == 0;
        } else if (str_starts(word, "readonly=") && word_bool(value) >= 0)
                d->ro = word_bool(value) > 0;
        else
                return strcmp(word, "format=raw") == 0 || strcmp(word, "boot=on") == 0;
        return true;
}

static void drive_add(struct builder *b, struct drives *all, const char *where, const char *value, bool cd)
{
        size_t n = strcspn(value, ",");
        const char *path = keepf(b, "%.*s", (int)n, value);
        struct drive *d;

        if (n == 0 || (cd && *path != '/')) {
                problem(b, "%s %s: %s is needed", where, *value ? value : "(empty)",
                        cd ? "the absolute path of an image" : "the path of a disk");
                return;
        }
        d = &all->v[all->n++];
        *d = (struct drive){.where = where, .index = all->index++, .cd = cd, .nocache = true, .ro = cd};
        d->path = cd ? path : disk_path(b, path);
        d->serial = keepf(b, "%s%u", cd ? "cdrom" : "disk", d->index);
        for (value += n; *value == ','; value += n) {
                n = strcspn(++value, ",");
                const char *word = keepf(b, "%.*s", (int)n, value);

                if (!drive_option(d, word))
                        problem(b,
                                "%s: option %s: serial=, cache=none|writeback|writethrough|directsync, "
                                "readonly=on|off or format=raw is needed",
                                where, *word ? word : "(empty)");
        }
}

static void read_diskif(struct builder *b, struct drives *all)
{
        const char *diskif = attr_get(b, "diskif");

        diskif = diskif ? diskif : "virtio";
        note_opt(b, "diskif", diskif);
        all->ide = strcmp(diskif, "ide") == 0;
        all->ahci = strcmp(alias_disk(diskif, false), "ahci-hd") == 0;
        if (!all->ide && !all->ahci && strcmp(alias_disk(diskif, false), "virtio-blk") != 0)
                problem(b, "attr diskif %s: virtio, ide or ahci is needed", *diskif ? diskif : "(empty)");
}

static void read_drives(struct builder *b, struct drives *all)
{
        struct numbered cd = {.name = "cdrom", .limit = CDROMS, .plain = true};
        struct numbered disk = {.name = "disk", .limit = DISKS, .plain = true};
        const char *boot = attr_get(b, "bootdisk");

        read_diskif(b, all);
        attr_numbered(b, &cd);
        attr_numbered(b, &disk);
        for (size_t i = 0; i < cd.n_order; i++)
                drive_add(b, all, keepf(b, "attr cdrom%u", cd.order[i]), cd.value[cd.order[i]], true);
        if (!all->ide)
                all->index = 0;
        note_opt(b, "bootdisk", boot);
        if (boot)
                drive_add(b, all, "attr bootdisk", boot, false);
        for (size_t i = 0; i < disk.n_order; i++)
                drive_add(b, all, keepf(b, "attr disk%u", disk.order[i]), disk.value[disk.order[i]], false);
}

static void drive_options(const struct drive *d, const char *serial, struct strv *v)
{
        strv_addf(v, "%s=%s", serial, d->serial);
        if (d->ro && !d->cd)
                strv_add(v, "ro");
        if (d->nocache)
                strv_add(v, "nocache");
        if (d->sync)
                strv_add(v, "sync");
}

/* CD-ROMs are on the board's IDE controller, disks there, on virtio or on a SATA controller each. */
static void build_drives(struct builder *b, const struct drives *all)
{
        unsigned disk = 0, ide = 0;

        for (size_t i = 0; i < all->n; i++) {
                const struct drive *d = &all->v[i];
                bool boot = strcmp(d->where, "attr bootdisk") == 0, on_ide = d->cd || all->ide;
                enum machine_role role = d->cd ? ROLE_CDROM : boot ? ROLE_BOOTDISK : ROLE_DISK;
                struct machine_device *device = device_add(b, role,
                                                           on_ide      ? d->cd ? "ide-cd" : "ide-hd"
                                                           : all->ahci ? "ahci-hd"
                                                                       : "virtio-blk",
                                                           d->path, d->where);

                /* A SATA disk knows its number by the word of bhyve(8). */
                drive_options(d, !on_ide && all->ahci ? "ser" : "serial", &device->option);
                if (d->ro && !d->cd && (on_ide || all->ahci))
                        problem(b, "%s: %s disk cannot be read-only", d->where, on_ide ? "an IDE" : "a SATA");
                if (!on_ide) {
                        device->index = boot ? 0 : disk++;
                        continue;
                }
                device->index = ide++;
                device_place(device, 1, 1);
                if (ide > IDE_PLACES)
                        problem(b, "%s: IDE has four places, for CD-ROMs%s", d->where,
                                all->ide ? " and, with diskif=ide, disks" : "");
        }
}

/* ---- boot order -----------------------------------------------------------------------------------------
 */

static void build_boot_order(struct builder *b)
{
        const char *order = attr_get(b, "bootorder");

        order = order ? order : "cd";
        note_opt(b, "bootorder", order);
        b->m->bootorder = copy(b, order);
        if (machine_boot_letters(order))
                boot_letters_number(b, order);
        else
                problem(b, "attr bootorder %s: [c][d][n], each once, is needed", *order ? order : "(empty)");
}

/* ---- console, screen, words of the engine ---------------------------------------------------------------
 */

/* A path is a chardev of its own, and socket,PATH[,wait] is said as in brand bhyve; otherwise
 * KIND[,id=ID],path=PATH[,server][,nowait]. */
static const char *console_line(struct builder *b, const char *text)
{
        size_t n = strcspn(text, ",");
        const char *kind = keepf(b, "%.*s", (int)n, text), *path = strstr(text, ",path=");

        if (*text == '/' || str_starts(text, "socket,/"))
                return com_line(b, text);
        if (!path)
                return NULL;
        path += strlen(",path=");
        path = keepf(b, "%.*s", (int)strcspn(path, ","), path);
        if (*path != '/')
                return NULL;
        if (strcmp(kind, "socket") == 0)
                return strstr(text, ",server") ? keepf(b, "socket,%s", path) : NULL;
        if (strcmp(kind, "pipe") == 0)
                return strcmp(path, "/dev/zconsole") == 0 ? path : NULL;
        return strcmp(kind, "tty") == 0 || strcmp(kind, "serial") == 0 ? path : NULL;
}

static void build_console(struct builder *b)
{
        const char *said = attr_get(b, "console"), *line;

        said = said ? said : "pipe,id=console0,path=/dev/zconsole";
        note_opt(b, "console", said);
        line = console_line(b, said);
        b->m->com_where[0] = copy(b, "attr console");
        if (line)
                b->m->com[0] = copy(b, line);
        else
                problem(b,
                        "attr console %s: pipe,path=/dev/zconsole, socket,PATH, "
                        "socket,path=PATH,server,nowait or serial,path=DEVICE is needed",
                        *said ? said : "(empty)");
}

/* on, off, unix:PATH, none, or [HOST]:DISPLAY: the words of QEMU's -vnc, and unix=PATH of the OmniOS page.
 * NULL: it is none of these. */
static const char *vnc_option(struct builder *b, const char *vnc)
{
        int on = word_bool(vnc);
        const char *colon = strrchr(vnc, ':'), *host;
        struct listen_at at = {0};

        if (on > 0)
                return "unix=" VNC_SOCKET;
        if (on == 0 || strcmp(vnc, "none") == 0)
                return "vnc=off";
        if (strchr(vnc, ','))
                return NULL;
        if (str_starts(vnc, "unix:") || str_starts(vnc, "unix="))
                return vnc[5] == '/' ? keepf(b, "unix=%s", vnc + 5) : NULL;
        if (!colon || !colon[1] || strlen(colon + 1) > 4 || colon[1 + strspn(colon + 1, "0123456789")])
                return NULL;
        host = colon > vnc ? keepf(b, "%.*s", (int)(colon - vnc), vnc) : "0.0.0.0";
        /* zoneadmd listens there: numeric, and a port that there is. */
        host = keepf(b, "%s:%d", host, VNC_PORT + atoi(colon + 1));
        return listen_parse(host, &at, NULL) == 0 ? keepf(b, "tcp=%s", host) : NULL;
}

static void build_display(struct builder *b)
{
        const char *vnc = attr_get(b, "vnc"), *option = vnc_option(b, vnc ? vnc : "off");
        struct machine_device *d;

        if (!option)
                problem(b, "attr vnc %s: on, off, unix=PATH or [HOST]:DISPLAY is needed",
                        vnc && *vnc ? vnc : "(empty)");
        note_opt(b, "vnc", option ? option : "off");
        d = device_add(b, ROLE_FBUF, "fbuf", NULL, "attr vnc");
        strv_add(&d->option, "vga=on");
        strv_add(&d->option, option ? option : "vnc=off");
        device_place(d, 2, 0);
}

static void build_words(struct builder *b)
{
        struct numbered extra = {.name = "extra", .limit = 16, .plain = true};
        const char *cpu = attr_get(b, "cpu"), *rtc = attr_get(b, "rtc");
        struct machine *m = b->m;

        m->cpu = copy(b, cpu && *cpu ? cpu : DEFAULT_CPU);
        m->rtc = copy(b, rtc && *rtc ? rtc : DEFAULT_RTC);
        note_opt(b, "cpu", m->cpu);
        note_opt(b, "rtc", m->rtc);
        attr_numbered(b, &extra);
        for (unsigned i = 0; i < extra.limit; i++)
                if (extra.value[i] && shell_split(extra.value[i], &m->extra) == -EINVAL)
                        problem(b, "attr extra%u: a quote is not closed", i);
        for (size_t i = 0; !m->extra.failed && i < m->extra.n; i++)
                if (strstr(m->extra.v[i], "%("))
                        problem(b, "attr extra: %s: a word cannot hold %%(, which begins a variable",
                                m->extra.v[i]);
}

void build_kvm(struct builder *b, const char *uuid)
{
        const char *type = attr_get(b, "type"); /* nothing depends on it */
        struct drives all = {0};
        struct machine_device *bridge;

        b->m->acpi = true;
        build_basics(b, uuid);
        note_opt(b, "type", type ? type : "generic");
        build_words(b);
        build_console(b);
        bridge = device_add(b, ROLE_HOSTBRIDGE, "hostbridge", NULL, "the host bridge");
        strv_add(&bridge->option, "model=i440fx");
        device_place(bridge, 0, 0);
        device_place(device_add(b, ROLE_LPC, "lpc", NULL, "the LPC bridge"), 1, 0);
        build_display(b);
        build_nets(b);
        read_drives(b, &all);
        build_drives(b, &all);
        build_resources(b);
        slots_assign(b);
        build_boot_order(b);
}
