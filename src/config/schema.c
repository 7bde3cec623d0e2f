/* Looking things up in the table; see schema.h. */
#include "config/schema.h"

#include <string.h>

#include "config/table.h"

const struct resource_def *schema_resources(size_t *ret_n)
{
        *ret_n = table_n_resources;
        return table_resources;
}

const struct resource_def *schema_global(void)
{
        return &table_global;
}

const struct resource_def *schema_resource(const char *name)
{
        for (size_t i = 0; i < table_n_resources; i++)
                if (strcmp(table_resources[i].name, name) == 0)
                        return &table_resources[i];
        return strcmp(name, table_global.name) == 0 ? &table_global : NULL;
}

const struct property_def *schema_property(const struct resource_def *res, const char *name)
{
        for (size_t i = 0; i < res->n_prop; i++) {
                const struct property_def *p = &res->prop[i];

                if (strcmp(p->name, name) == 0 || (p->also && strcmp(p->also, name) == 0))
                        return p;
        }
        return NULL;
}

enum value_kind schema_kind(const struct property_def *prop)
{
        if (prop->flags & PROP_TUPLES)
                return VALUE_COMPLEX;
        return prop->flags & PROP_LIST ? VALUE_LIST : VALUE_SIMPLE;
}

size_t schema_members(const struct property_def *prop, char ret[][16], size_t max)
{
        const char *p = prop->members;
        size_t n = 0;

        while (p && n < max) {
                size_t len = strcspn(p, ",");

                memcpy(ret[n], p, len);
                ret[n++][len] = '\0';
                p = p[len] ? p + len + 1 : NULL;
        }
        return n;
}
