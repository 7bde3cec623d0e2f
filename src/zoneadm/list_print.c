/* The formats of zoneadm list: names, the table of -v, the fields of -p, and JSON. */
#include <jansson.h>
#include <stdio.h>

#include "zoneadm/list.h"

void rows_print_names(const struct row *row, size_t n)
{
        for (size_t i = 0; i < n; i++)
                puts(row[i].name);
}

static const char *id_text(const struct row *row, char buf[16])
{
        if (!row->active)
                return "-";
        snprintf(buf, 16, "%u", row->id);
        return buf;
}

void rows_print_table(const struct row *row, size_t n)
{
        static const char format[] = "%4s %-16s %-10s %-30s %-8s %-6s\n";
        char id[16];

        if (n > 0)
                printf(format, "ID", "NAME", "STATUS", "PATH", "BRAND", "IP");
        for (size_t i = 0; i < n; i++)
                printf(format, id_text(&row[i], id), row[i].name, zone_state_name(row[i].state), row[i].path,
                       row[i].brand, row[i].ip_type);
}

void rows_print_fields(const struct row *row, size_t n)
{
        char id[16];

        for (size_t i = 0; i < n; i++) {
                printf("%s:%s:%s:", id_text(&row[i], id), row[i].name, zone_state_name(row[i].state));
                for (const char *p = row[i].path; *p; p++) {
                        if (*p == ':')
                                putchar('\\');
                        putchar(*p);
                }
                printf(":%s:%s:%s\n", row[i].uuid, row[i].brand, row[i].ip_type);
        }
}

static json_t *text_or_null(const char *text)
{
        return text && *text ? json_string(text) : json_null();
}

int rows_print_json(const struct row *row, size_t n)
{
        json_t *list = json_array();
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++)
                r = json_array_append_new(
                    list,
                    json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o}", "id",
                              row[i].active ? json_integer(row[i].id) : json_null(), "name", row[i].name,
                              "state", zone_state_name(row[i].state), "path", row[i].path, "uuid",
                              text_or_null(row[i].uuid), "brand", row[i].brand, "ip-type", row[i].ip_type,
                              "aux", text_or_null(row[i].aux), "reason", text_or_null(row[i].reason)));
        if (r == 0)
                r = json_dumpf(list, stdout, JSON_INDENT(2));
        json_decref(list);
        putchar('\n');
        return r;
}
