/*
 * Shows what UEFI firmware can boot, in the order in which it tries: the entries in the variables of a zone,
 * each with the names by which bootorder and bootnext know it.  Also for a file, without a zone.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/output.h"
#include "base/strv.h"
#include "described.h"
#include "uefi/bootlist.h"

#define USAGE      "usage: uefivars [-j] [-R root] {[-z] zone | path of a file}\n"
#define EXIT_USAGE 2

struct options {
        bool json;
        const char *file;
        struct described z;
};

/* One argument: what has a slash in it is a file. */
static int parse_options(int argc, char **argv, struct options *o, struct error *err)
{
        int c, r = root_from_env(&o->z.root, err);

        while (r == 0 && (c = getopt(argc, argv, "jR:z:")) != -1) {
                if (c == 'j')
                        o->json = true;
                else if (c == 'R')
                        r = root_set(&o->z.root, optarg, err);
                else if (c == 'z')
                        o->z.zone = optarg;
                else
                        return -EINVAL;
        }
        if (r == 0 && !o->z.zone && optind < argc) {
                if (strchr(argv[optind], '/'))
                        o->file = argv[optind++];
                else
                        o->z.zone = argv[optind++];
        }
        return r < 0 ? r : optind == argc && (o->file || o->z.zone) ? 0 : -EINVAL;
}

static int open_vars(const struct options *o, const struct config *cfg, struct error *err)
{
        _cleanup_close_ int root_fd = -1;
        int fd;

        if (o->file) {
                fd = open(o->file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
                return fd < 0 ? error_errno(err, errno, "%s", o->file) : fd;
        }
        root_fd = described_root(&o->z, cfg, err);
        if (root_fd < 0)
                return root_fd;
        fd = fs_open_in_root(root_fd, MACHINE_UEFIVARS, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
        if (fd == -ENOENT)
                return error_set(err, ENOENT,
                                 "%s: no UEFI variables yet; the first boot with UEFI firmware makes them",
                                 o->z.zone);
        return fd < 0 ? error_errno(err, fd, "%s: %s in the zone", o->z.zone, MACHINE_UEFIVARS) : fd;
}

static int read_vars(const struct options *o, const struct config *cfg, struct uefi_store *ret,
                     struct error *err)
{
        _cleanup_close_ int fd = open_vars(o, cfg, err);
        char *data;
        size_t len;
        int r;

        if (fd < 0)
                return fd;
        r = fs_read_fd(fd, UEFI_FILE_MAX, &data, &len);
        if (r < 0)
                return error_errno(err, r, "%s", o->file ? o->file : MACHINE_UEFIVARS);
        r = uefi_parse(data, len, ret, err);
        return r < 0 ? error_prefix(err, "%s", o->file ? o->file : o->z.zone) : 0;
}

/* The names of one entry, with commas between them. */
struct names {
        uint16_t number;
        struct strbuf text;
};

static int add_name(const char *name, const struct uefi_entry *entry, void *arg)
{
        struct names *names = arg;

        if (entry->number == names->number)
                strbuf_printf(&names->text, "%s%s", names->text.len ? "," : "", name);
        return 0;
}

static char *names_of(const struct uefi_entries *entries, const struct machine *m,
                      const struct uefi_entry *entry)
{
        struct names names = {.number = entry->number};

        uefi_each_name(entries, m, add_name, &names);
        return strbuf_take(&names.text);
}

/* Position in the boot order, from 1; 0 if the firmware does not try the entry. */
static size_t place_of(const struct uefi_entries *entries, uint16_t number)
{
        for (size_t i = 0; i < entries->n_order; i++)
                if (entries->order[i] == number)
                        return i + 1;
        return 0;
}

static int print_entry(const struct uefi_entries *entries, const struct machine *m,
                       const struct uefi_entry *e, struct error *err)
{
        _cleanup_free_ char *names = names_of(entries, m, e), *value = uefi_entry_value(e);
        size_t place = place_of(entries, e->number);
        char order[24] = "-";

        if (!names || !value)
                return error_nomem(err);
        if (place)
                snprintf(order, sizeof(order), "%zu", place);
        printf("%-5s %04X%c %-20s %-5s %-36s %s\n", order, e->number, entries->next == e->number ? '*' : ' ',
               *names ? names : "-", uefi_kind_name(e->kind), *value ? value : "-", e->description);
        return 0;
}

/* In boot order; then what is not in it. */
static int print_all(const struct uefi_entries *entries, const struct machine *m, struct error *err)
{
        int r = 0;

        printf("ORDER ENTRY NAMES                KIND  WHAT                                 DESCRIPTION\n");
        for (size_t i = 0; i < entries->n_order && r == 0; i++)
                for (size_t k = 0; k < entries->n && r == 0; k++)
                        if (entries->entry[k].number == entries->order[i])
                                r = print_entry(entries, m, &entries->entry[k], err);
        for (size_t k = 0; k < entries->n && r == 0; k++)
                if (!place_of(entries, entries->entry[k].number))
                        r = print_entry(entries, m, &entries->entry[k], err);
        return r;
}

static json_t *entry_json(const struct uefi_entries *entries, const struct machine *m,
                          const struct uefi_entry *e)
{
        _cleanup_free_ char *names = names_of(entries, m, e), *value = uefi_entry_value(e);
        json_t *list = json_array();
        char *save = NULL;

        for (char *n = names ? strtok_r(names, ",", &save) : NULL; n; n = strtok_r(NULL, ",", &save))
                json_array_append_new(list, json_string(n));
        return json_pack("{s:i,s:s,s:s,s:s,s:b,s:b,s:o}", "number", e->number, "description", e->description,
                         "kind", uefi_kind_name(e->kind), "value", str_empty(value), "active", e->active,
                         "hidden", e->hidden, "names", list);
}

static int print_json(const struct uefi_entries *entries, const struct machine *m, struct error *err)
{
        json_t *list = json_array(), *order = json_array(), *next = json_null(), *all;
        int r;

        for (size_t i = 0; i < entries->n; i++)
                json_array_append_new(list, entry_json(entries, m, &entries->entry[i]));
        for (size_t i = 0; i < entries->n_order; i++)
                json_array_append_new(order, json_integer(entries->order[i]));
        if (entries->next >= 0)
                next = json_integer(entries->next);
        all = json_pack("{s:o,s:o,s:o}", "bootorder", order, "bootnext", next, "entries", list);
        if (!all)
                return error_nomem(err);
        r = json_dumpf(all, stdout, JSON_INDENT(2));
        json_decref(all);
        return r < 0 || puts("") < 0 ? error_errno(err, errno, "standard output") : 0;
}

static int show(const struct options *o, struct error *err)
{
        static const struct machine nothing = {0};
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_machine_ struct machine *m = NULL;
        _cleanup_uefi_ struct uefi_store store = {0};
        _cleanup_entries_ struct uefi_entries entries = {0};
        int r = 0;

        if (o->z.zone)
                r = described_load(&o->z, &cfg, err);
        /* A configuration that could not boot now does not keep anybody from looking. */
        if (cfg)
                machine_from_config(&o->z.root, cfg, NULL, &m, NULL, NULL);
        if (r == 0)
                r = read_vars(o, cfg, &store, err);
        if (r == 0)
                r = uefi_entries_read(&store, &entries, err);
        if (r == 0)
                r = (o->json ? print_json : print_all)(&entries, m ? m : &nothing, err);
        return r == 0 && fflush(stdout) < 0 ? error_errno(err, errno, "standard output") : r;
}

int main(int argc, char **argv)
{
        struct options o = {0};
        struct error err = {0};
        int r;

        output_guard("uefivars");
        if (help_asked(argc, argv, USAGE))
                return EXIT_SUCCESS;
        r = parse_options(argc, argv, &o, &err);
        if (r < 0) {
                fprintf(stderr, "%s%s", err.text, err.text[0] ? "\n" : "");
                fputs(USAGE, stderr);
                return EXIT_USAGE;
        }
        r = show(&o, &err);
        if (r < 0)
                fprintf(stderr, "%s\n", err.text);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
