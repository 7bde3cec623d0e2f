/* JSON Schema (draft 2020-12) of what config_to_json writes, from the table. */
#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/edit.h"
#include "config/schema.h"

/* What a value may be where a pattern says it shortly; the checks themselves are in check.c. */
static const char *pattern_of(enum property_type type)
{
        switch (type) {
        case TYPE_UINT:
                return "^[0-9]+$";
        case TYPE_SIZE:
                return "^[0-9]*\\.?[0-9]*[ \\t]*[KMGTkmgt]?$";
        case TYPE_NCPUS:
                return "^[0-9]+(-[0-9]+)?$";
        case TYPE_DECIMAL:
                return "^[0-9]*\\.?[0-9]*$";
        case TYPE_PATH:
                return "^/";
        case TYPE_MAC:
                return "^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}$";
        case TYPE_PCISLOT:
                return "^([0-9]{1,3}:)?0?[0-9]{1,2}:0{0,2}[0-7]$|^0?[0-9]{1,2}$";
        case TYPE_VLAN:
                return "^0*[0-9]{1,4}$";
        case TYPE_UUID:
                return "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
        case TYPE_HOSTID:
                return "^(0[xX])?[0-9a-fA-F]{1,8}$";
        case TYPE_AUTHS:
                return "^(login|manage|clonefrom|config)(,(login|manage|clonefrom|config))*$";
        case TYPE_RCTL_NAME:
                return "^zone\\.[a-z-]+$";
        case TYPE_ZONE_NAME:
                return "^[a-zA-Z0-9][-_.a-zA-Z0-9]{0,62}$";
        default:
                return NULL;
        }
}

static json_t *texts(const char *const *values)
{
        json_t *list = json_array();

        for (; list && *values; values++)
                json_array_append_new(list, json_string(*values));
        return list;
}

static json_t *simple_schema(const struct property_def *def)
{
        json_t *s = json_pack("{s:s}", "type", "string");
        const char *pattern = pattern_of(def->type);

        if (def->type == TYPE_ENUM || def->type == TYPE_BOOLEAN)
                json_object_set_new(s, "enum", texts(def->values));
        else if (def->values)
                json_object_set_new(s, "examples", texts(def->values));
        if (pattern)
                json_object_set_new(s, "pattern", json_string(pattern));
        return s;
}

static json_t *tuple_schema(const struct property_def *def)
{
        char members[4][16];
        size_t n = schema_members(def, members, 4);
        json_t *props = json_object(), *required = json_array();

        for (size_t i = 0; i < n; i++) {
                json_object_set_new(props, members[i], json_pack("{s:s}", "type", "string"));
                json_array_append_new(required, json_string(members[i]));
        }
        return json_pack("{s:s, s:{s:s, s:o, s:o, s:b}}", "type", "array", "items", "type", "object",
                         "properties", props, "required", required, "additionalProperties", 0);
}

static json_t *property_schema(const struct property_def *def)
{
        json_t *s;

        switch (schema_kind(def)) {
        case VALUE_COMPLEX:
                s = tuple_schema(def);
                break;
        case VALUE_LIST:
                s = json_pack("{s:s, s:o}", "type", "array", "items", simple_schema(def));
                break;
        default:
                s = simple_schema(def);
        }
        json_object_set_new(s, "description", json_string(def->help));
        return s;
}

/* XML that the table does not know: in a resource also what it does not know of the elements of its lists. */
static json_t *xml_schema(bool global)
{
        json_t *attrs =
            json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type", "string");
        json_t *props = json_pack("{s:o, s:{s:s}}", "attributes", attrs, "elements", "type", "string");

        if (global)
                json_object_set_new(
                    attrs, "properties",
                    json_pack("{s:{s:s, s:[s, s]}}", "config-version", "type", "string", "enum", "1", "2"));
        else
                json_object_set_new(props, "children", json_pack("{s:s}", "type", "string"));
        return json_pack("{s:s, s:s, s:o, s:b}", "type", "object", "description",
                         "XML that the schema does not know, kept as it is.", "properties", props,
                         "additionalProperties", 0);
}

/* The properties of a scope; resources have no aliases in JSON, since they are kept as rctls. */
static json_t *scope_schema(const struct resource_def *res, json_t *props, json_t *required)
{
        bool global = res->flags & RES_GLOBAL;

        for (size_t i = 0; i < res->n_prop; i++) {
                const struct property_def *def = &res->prop[i];

                if (!global && (def->flags & PROP_ALIAS))
                        continue;
                json_object_set_new(props, def->name, property_schema(def));
                if ((def->flags & PROP_REQUIRED) && (!global || def->type == TYPE_ZONE_NAME))
                        json_array_append_new(required, json_string(def->name));
        }
        json_object_set_new(props, "xml", xml_schema(global));
        return json_pack("{s:s, s:s, s:o, s:o, s:b}", "type", "object", "description", res->help,
                         "properties", props, "required", required, "additionalProperties", 0);
}

char *schema_to_json(void)
{
        size_t n;
        const struct resource_def *def = schema_resources(&n);
        json_t *kinds = json_array(), *root, *props = json_object();
        char *text;

        for (size_t i = 0; i < n; i++) {
                json_t *own = json_object(), *required = json_array();

                json_object_set_new(own, "resource", json_pack("{s:s}", "const", def[i].name));
                json_array_append_new(required, json_string("resource"));
                json_array_append_new(kinds, scope_schema(&def[i], own, required));
        }
        json_object_set_new(props, "resources",
                            json_pack("{s:s, s:{s:o}}", "type", "array", "items", "oneOf", kinds));
        root = scope_schema(schema_global(), props, json_array());
        json_object_set_new(root, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
        json_object_set_new(root, "title", json_string("Configuration of a zone"));
        text = json_dumps(root, JSON_INDENT(2));
        json_decref(root);
        return text;
}
