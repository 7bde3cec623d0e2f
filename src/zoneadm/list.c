/*
 * zoneadm list.  Hosts have thousands of zones, so the cost of one is kept to a line of the index: run-time
 * state is looked at only for zones that have a record in /run/zones, and configurations only (their first
 * few KiB) when a format shows brand and ip-type.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zoneadm/list.h"
#include "zoneadm/zoneadm.h"

struct options {
        bool configured, installed, no_global, fields, table, json;
};

struct rows {
        struct row *v;
        size_t n;
};

static int parse(const struct zoneadm *za, int argc, char *argv[], struct options *o)
{
        static const struct option longs[] = {{"json", no_argument, NULL, 'j'}, {0}};
        int c;

        optopt = 0;
        while ((c = getopt_long(argc, argv, "+?cinpv", longs, NULL)) != -1) {
                switch (c) {
                case 'c':
                        o->configured = true;
                        break;
                case 'i':
                        o->installed = true;
                        break;
                case 'n':
                        o->no_global = true;
                        break;
                case 'p':
                        o->fields = true;
                        break;
                case 'v':
                        o->table = true;
                        break;
                case 'j':
                        o->json = true;
                        break;
                default:
                        return usage_option(za, "list", argv[optind - 1], c);
                }
        }
        return optind < argc ? usage_error("list") : -1;
}

static void row_global(struct row *row)
{
        *row = (struct row){
            .name = "global",
            .path = "/",
            .uuid = "",
            .ip_type = "shared",
            .brand = "linux",
            .state = ZONE_RUNNING,
            .active = true,
        };
}

static void row_entry(struct row *row, const struct index_entry *entry, size_t position)
{
        *row = (struct row){
            .name = entry->name,
            .path = str_empty(entry->path),
            .uuid = entry->uuid,
            .ip_type = "shared",
            .state = entry->state,
            .position = position,
        };
}

static void row_state(struct row *row, const struct zoneadm *za, const struct index_entry *entry)
{
        struct runstate run = {0};

        row->state = runstate_current(&za->root, entry->name, entry->state, &run);
        row->active = row->state >= ZONE_READY;
        row->reason = strdup(run.reason);
        if (!row->active)
                return;
        row->id = run.id;
        row->aux = strdup(run.aux);
}

/* Active zones first, in the order in which they started; then the others as the index has them. */
static int compare_rows(const void *a, const void *b)
{
        const struct row *x = a, *y = b;

        if (x->active != y->active)
                return x->active ? -1 : 1;
        if (x->active && x->id != y->id)
                return x->id < y->id ? -1 : 1;
        return x->position < y->position ? -1 : x->position > y->position;
}

static int compare_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_record(char **names, size_t n, const char *name)
{
        return bsearch(&name, names, n, sizeof(*names), compare_name) != NULL;
}

static int collect(const struct zoneadm *za, const struct index *index, char **names, size_t n_names,
                   struct rows *ret)
{
        struct row *row = calloc(index->n + 1, sizeof(*row));
        bool any_active = false;

        if (!row)
                return -ENOMEM;
        row_global(&row[0]);
        for (size_t i = 0; i < index->n; i++) {
                const struct index_entry *entry = &index->entry[i];
                struct row *this = &row[i + 1];

                row_entry(this, entry, i + 1);
                if (has_record(names, n_names, entry->name))
                        row_state(this, za, entry);
                any_active = any_active || this->active;
        }
        /* The global zone has id 0 and stays the first. */
        if (any_active)
                qsort(row, index->n + 1, sizeof(*row), compare_rows);
        ret->v = row;
        ret->n = index->n + 1;
        return 0;
}

static void keep_selected(const struct zoneadm *za, const struct options *o, struct rows *rows)
{
        enum zone_state least = ZONE_READY;
        size_t kept = 0;

        if (o->installed)
                least = ZONE_INSTALLED;
        if (o->configured)
                least = ZONE_CONFIGURED;
        for (size_t i = 0; i < rows->n; i++) {
                const struct row *row = &rows->v[i];
                bool global = i == 0;
                bool wanted = za->zone ? strcmp(row->name, za->zone) == 0
                                       : row->state >= least && !(global && o->no_global);

                if (wanted)
                        rows->v[kept++] = *row;
                else {
                        free(row->aux);
                        free(row->reason);
                }
        }
        rows->n = kept;
}

/* Brand and ip-type come from the configuration; one that cannot be read leaves them unsaid. */
static void add_configuration(const struct zoneadm *za, struct rows *rows)
{
        _cleanup_close_ int etc = root_open_dir(&za->root, ZONES_ETC, NULL);

        for (size_t i = 0; i < rows->n; i++) {
                struct row *row = &rows->v[i];
                char ip_type[32];

                if (strcmp(row->name, "global") == 0 ||
                    config_peek(etc, row->name, row->brand, sizeof(row->brand), ip_type, sizeof(ip_type)) < 0)
                        continue;
                if (strcmp(ip_type, "exclusive") == 0)
                        row->ip_type = "excl";
        }
}

static int print(const struct zoneadm *za, const struct options *o, struct rows *rows)
{
        if (o->fields || o->table || o->json)
                add_configuration(za, rows);
        if (o->json)
                return rows_print_json(rows->v, rows->n);
        if (o->fields)
                rows_print_fields(rows->v, rows->n);
        else if (o->table)
                rows_print_table(rows->v, rows->n);
        else
                rows_print_names(rows->v, rows->n);
        return 0;
}

static int list(const struct zoneadm *za, const struct options *o, struct error *err)
{
        struct index index = {0};
        struct rows rows = {0};
        char **names = NULL;
        size_t n = 0;
        int r = runstate_list(&za->root, &names);

        if (r == -EACCES)
                return error_set(err, EACCES, "only a privileged user may see the zones of this host");
        if (r < 0)
                return error_errno(err, r, "%s%s", za->root.path, ZONES_RUN);
        while (names[n])
                n++;
        qsort(names, n, sizeof(*names), compare_name);
        r = index_load(&za->root, &index, err);
        if (r == 0)
                r = collect(za, &index, names, n, &rows);
        if (r == 0) {
                keep_selected(za, o, &rows);
                r = print(za, o, &rows);
        }
        for (size_t i = 0; i < rows.n; i++) {
                free(rows.v[i].aux);
                free(rows.v[i].reason);
        }
        free(rows.v);
        index_free(&index);
        for (size_t i = 0; i < n; i++)
                free(names[i]);
        free(names);
        return r;
}

/* With -z the brand is asked, as before every verb on a zone; a brand that is gone hides no zone. */
static int ask_brand(const struct zoneadm *za, char *argv[])
{
        __attribute__((cleanup(brand_freep))) struct brand *brand = NULL;
        _cleanup_close_ int etc = root_open_dir(&za->root, ZONES_ETC, NULL);
        char name[ZONENAME_MAX], ip_type[32];

        if (!za->indexed || config_peek(etc, za->zone, name, sizeof(name), ip_type, sizeof(ip_type)) < 0 ||
            brand_load(&za->root, name, &brand, NULL) < 0)
                return ZA_OK;
        return brand_permits(za, brand, argv);
}

int verb_list(struct zoneadm *za, int argc, char *argv[])
{
        struct options o = {0};
        struct error err = {0};
        int status = parse(za, argc, argv, &o);

        if (status >= 0)
                return status;
        if (o.fields + o.table + o.json > 1) {
                complain(za, o.json ? "list --json excludes -p and -v."
                                    : "list -p and -v are mutually exclusive.");
                return ZA_ERROR;
        }
        status = ask_brand(za, argv);
        if (status != ZA_OK)
                return status;
        if (list(za, &o, &err) < 0) {
                complain(za, "%s", err.code ? err.text : "cannot write the list");
                return ZA_ERROR;
        }
        return ZA_OK;
}
