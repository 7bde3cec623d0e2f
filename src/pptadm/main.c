/*
 * pptadm: which PCI devices of the host a zone can be given, and by which name.  It changes nothing but the
 * numbers: a device that it sees for the first time is given its name here.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/output.h"
#include "base/strv.h"
#include "ppt/ppt.h"
#include "pptadm/label.h"

#define USAGE                                                                                                \
        "Usage:\n"                                                                                           \
        "pptadm [-R root] list [-aj]\n"                                                                      \
        "pptadm [-R root] list [-ap] [-o fields]\n"

enum field {
        DEV,
        VENDOR,
        DEVICE,
        SUBVENDOR,
        SUBDEVICE,
        REV,
        PATH,
        LABEL,
        DRIVER,
        GROUP,
        FIELDS,
};

static const struct {
        const char *name, *json;
        int width;
} fields[FIELDS] = {
    [DEV] = {"DEV", "dev", 12},
    [VENDOR] = {"VENDOR", "vendor-id", 7},
    [DEVICE] = {"DEVICE", "device-id", 7},
    [SUBVENDOR] = {"SUBVENDOR", "subsystem-vendor-id", 10},
    [SUBDEVICE] = {"SUBDEVICE", "subsystem-id", 10},
    [REV] = {"REV", "revision-id", 5},
    [PATH] = {"PATH", "path", 14},
    [LABEL] = {"LABEL", "label", 60},
    [DRIVER] = {"DRIVER", "driver", 16},
    [GROUP] = {"GROUP", "iommu-group", 6},
};

#define LAST_OF_ALL LABEL /* "all" is what illumos has; ours are shown when they are named */

struct list {
        enum field field[FIELDS * 2];
        size_t n;
        bool all, json, parsable;
};

static int usage(FILE *to)
{
        fputs(USAGE, to);
        return to == stderr ? 1 : 0;
}

static int fail(const char *text)
{
        fprintf(stderr, "pptadm: %s\n", text);
        return 1;
}

/* "" when there is nothing to say. */
static void value(const struct ppt *dev, enum field field, char *buf, size_t size)
{
        const unsigned number[FIELDS] = {
            [VENDOR] = dev->vendor,       [DEVICE] = dev->device, [SUBVENDOR] = dev->subvendor,
            [SUBDEVICE] = dev->subdevice, [REV] = dev->revision,
        };

        *buf = '\0';
        switch (field) {
        case DEV:
                if (ppt_bound(dev) && dev->kept)
                        snprintf(buf, size, "/dev/ppt%d", dev->number);
                break;
        case PATH:
                snprintf(buf, size, "%s", dev->address);
                break;
        case LABEL:
                pci_label(dev->vendor, dev->device, buf, size);
                break;
        case DRIVER:
                snprintf(buf, size, "%s", dev->driver);
                break;
        case GROUP:
                if (dev->group >= 0)
                        snprintf(buf, size, "%d", dev->group);
                break;
        default:
                snprintf(buf, size, "%x", number[field]);
        }
}

static bool shown(const struct list *l, const struct ppt *dev)
{
        return ppt_bound(dev) || (l->all && !ppt_is_bridge(dev));
}

static void print_parsable(const char *text)
{
        for (; *text; text++) {
                if (*text == ':' || *text == '\\')
                        putchar('\\');
                putchar(*text);
        }
}

static void print_row(const struct list *l, const struct ppt *dev)
{
        char text[160];

        for (size_t i = 0; i < l->n; i++) {
                enum field field = l->field[i];

                if (dev)
                        value(dev, field, text, sizeof(text));
                else
                        snprintf(text, sizeof(text), "%s", fields[field].name);
                if (l->parsable) {
                        if (i > 0)
                                putchar(':');
                        print_parsable(text);
                } else {
                        printf("%-*s", i + 1 < l->n ? fields[field].width : 0, *text ? text : "--");
                        if (i + 1 < l->n && (int)strlen(text) >= fields[field].width)
                                putchar(' ');
                }
        }
        putchar('\n');
}

static int print_text(const struct list *l, const struct ppts *devices)
{
        if (!l->parsable)
                print_row(l, NULL);
        for (size_t i = 0; i < devices->n; i++)
                if (shown(l, &devices->v[i]))
                        print_row(l, &devices->v[i]);
        return 0;
}

static int print_json(const struct list *l, const struct ppts *devices)
{
        json_t *array = json_array(), *all = json_pack("{s:o}", "devices", array);
        int r;

        for (size_t i = 0; i < devices->n; i++) {
                json_t *object;

                if (!shown(l, &devices->v[i]))
                        continue;
                object = json_object();
                for (int f = 0; f < FIELDS; f++) {
                        char text[160];

                        value(&devices->v[i], f, text, sizeof(text));
                        if (*text)
                                json_object_set_new(object, fields[f].json, json_string(text));
                }
                json_array_append_new(array, object);
        }
        r = all ? json_dumpf(all, stdout, JSON_INDENT(2)) : -1;
        putchar('\n');
        json_decref(all);
        return r < 0 ? fail("out of memory") : 0;
}

/* "dev,vendor,..." or "all". */
static int read_fields(struct list *l, char *text)
{
        char *word;

        l->n = 0;
        if (strcasecmp(text, "all") == 0) {
                for (int f = 0; f <= LAST_OF_ALL; f++)
                        l->field[l->n++] = f;
                return 0;
        }
        while ((word = strsep(&text, ","))) {
                int f = 0;

                while (f < FIELDS && strcasecmp(fields[f].name, word) != 0)
                        f++;
                if (f == FIELDS || l->n == ARRAY_SIZE(l->field)) {
                        fprintf(stderr, "pptadm: unknown field: %s\n", word);
                        return 1;
                }
                l->field[l->n++] = f;
        }
        return 0;
}

static int list(const struct root *root, int argc, char *argv[])
{
        __attribute__((cleanup(ppts_free))) struct ppts devices = {0};
        struct list l = {.field = {DEV, VENDOR, DEVICE, PATH}, .n = 4};
        struct error err = {0};
        bool chosen = false;
        int opt, r;

        optind = 1;
        while ((opt = getopt(argc, argv, "+ajo:p")) != -1) {
                switch (opt) {
                case 'a':
                        l.all = true;
                        break;
                case 'j':
                        l.json = true;
                        break;
                case 'o':
                        if (read_fields(&l, optarg) != 0)
                                return 1;
                        chosen = true;
                        break;
                case 'p':
                        l.parsable = true;
                        break;
                default:
                        return usage(optopt == '?' ? stdout : stderr);
                }
        }
        if (optind < argc) {
                fprintf(stderr, "pptadm: list: unexpected argument: %s\n", argv[optind]);
                return usage(stderr);
        }
        if (l.json && (l.parsable || chosen))
                return fail("-j cannot be used with -p or -o"), usage(stderr);
        if (l.parsable && !chosen)
                return fail("-p needs -o"), usage(stderr);
        r = ppt_load(root, geteuid() == 0, &devices, &err);
        if (r < 0)
                return fail(err.text);
        if (!ppt_iommu(&devices))
                fputs("pptadm: " PPT_NO_IOMMU "\n", stderr);
        return l.json ? print_json(&l, &devices) : print_text(&l, &devices);
}

int main(int argc, char *argv[])
{
        struct root root = {0};
        struct error err = {0};
        int opt;

        output_guard("pptadm");
        if (help_asked(argc, argv, USAGE))
                return 0;
        while ((opt = getopt(argc, argv, "+R:")) != -1) {
                if (opt != 'R')
                        return usage(optopt == '?' ? stdout : stderr);
                if (root_set(&root, optarg, &err) < 0)
                        return fail(err.text);
        }
        if (optind >= argc)
                return usage(stderr);
        if (strcmp(argv[optind], "list") != 0) {
                fprintf(stderr, "pptadm: unknown command: %s\n", argv[optind]);
                return usage(stderr);
        }
        return list(&root, argc - optind, argv + optind);
}
