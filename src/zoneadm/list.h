/* A row of zoneadm list, and the formats it is printed in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/zone.h"

struct row {
        const char *name;
        const char *path;
        const char *uuid;
        const char *ip_type; /* "shared" or "excl" */
        char brand[ZONENAME_MAX];
        char *aux, *reason; /* NULL if there is nothing to say */
        enum zone_state state;
        unsigned id;
        size_t position; /* in the index */
        bool active;     /* id counts */
};

void rows_print_names(const struct row *row, size_t n);
void rows_print_table(const struct row *row, size_t n);
void rows_print_fields(const struct row *row, size_t n);
/* Returns 0, or -1 when it could not be written. */
int rows_print_json(const struct row *row, size_t n);
