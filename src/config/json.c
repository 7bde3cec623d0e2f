/*
 * A configuration as JSON, without loss:
 *
 *   {"zonename": "web1", "zonepath": "/zones/web1", ...,
 *    "resources": [{"resource": "net", "physical": "nat0", "property": [{"name": "netif", "value":
 * "virtio"}]},
 *                  {"resource": "fs", "dir": "/iso", ..., "options": ["ro"]}],
 *    "xml": {"attributes": {"debugid": "4"}, "elements": "<package .../>"}}
 *
 * All values are texts, as in zonecfg.  "xml", in the zone and in resources, holds what the schema does not
 * know; "elements" of the zone itself stand in its "xml", and its unknown attributes too.  "children" are
 * elements of lists with unknown attributes, whole.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/check.h"
#include "config/edit.h"
#include "config/tree.h"
#include "config/version.h"
#include "xml/xml.h"

static void json_freep(json_t **j)
{
        json_decref(*j);
}
#define _cleanup_json_ _cleanup_(json_freep)

static json_t *put_value(const struct property *p)
{
        json_t *list;

        if (p->simple)
                return json_string(p->simple);
        list = json_array();
        for (size_t i = 0; list && i < p->n; i++) {
                json_t *entry = p->items ? json_string(p->items[i]) : json_object();
                int r = entry ? 0 : -1;

                for (size_t k = 0; r == 0 && p->tuple && k < p->tuple[i].n; k++)
                        r = json_object_set_new(entry, p->tuple[i].member[k].name,
                                                json_string(p->tuple[i].member[k].value));
                if (json_array_append_new(list, entry) < 0 || r < 0) {
                        json_decref(list);
                        return NULL;
                }
        }
        return list;
}

static void put_members(struct strbuf *b, const struct complex *c)
{
        for (size_t i = 0; i < c->n; i++) {
                strbuf_printf(b, " %s=\"", c->member[i].name);
                xml_escape(b, c->member[i].value);
                strbuf_putc(b, '"');
        }
}

/*
 * Elements of lists that have unknown attributes, as XML: what is known of them says which they are.  What
 * was kept of an element that is no longer there goes with it, as in XML.
 */
static char *children_text(const struct resource *res)
{
        bool used[CHILD_EXTRA_MAX] = {false};
        struct strbuf b = {0};
        struct member item;

        for (size_t i = 0; i < res->n_prop; i++)
                for (size_t k = 0; k < res->prop[i].n; k++) {
                        const struct complex said = property_child(&res->prop[i], k, &item);
                        const struct complex *kept =
                            extra_child(res->extra, res->prop[i].def->xml, &said, used);

                        if (!kept)
                                continue;
                        strbuf_printf(&b, "<%s", res->prop[i].def->xml);
                        put_members(&b, &said);
                        put_members(&b, kept);
                        strbuf_puts(&b, "/>");
                }
        return strbuf_take(&b);
}

static int put_extra(json_t *into, const struct resource *res, const struct xml_extra *elements)
{
        const struct xml_extra *attrs = res->extra;
        _cleanup_json_ json_t *xml = json_object();
        json_t *list = json_object();
        int r = xml && list ? 0 : -1;

        for (size_t i = 0; r == 0 && attrs && i < attrs->n_attr; i++)
                r = json_object_set_new(list, attrs->attr[i].name, json_string(attrs->attr[i].value));
        if (r == 0 && json_object_size(list) > 0)
                r = json_object_set(xml, "attributes", list);
        json_decref(list);
        if (r == 0 && elements && elements->elements)
                r = json_object_set_new(xml, "elements", json_string(elements->elements));
        if (r == 0 && attrs && attrs->n_child > 0) {
                _cleanup_free_ char *text = children_text(res);

                r = text ? 0 : -1;
                if (text && *text)
                        r = json_object_set_new(xml, "children", json_string(text));
        }
        if (r == 0 && json_object_size(xml) > 0)
                r = json_object_set(into, "xml", xml);
        return r;
}

/* Properties in the order of the table. */
static int put_properties(json_t *into, const struct resource *res)
{
        for (size_t i = 0; i < res->def->n_prop; i++) {
                const struct property *p = resource_prop(res, res->def->prop[i].name);

                if (p && json_object_set_new(into, p->def->name, put_value(p)) < 0)
                        return -1;
                /* A reader should not need to know what a missing autoboot means. */
                if (!p && res->def->prop[i].fallback &&
                    json_object_set_new(into, res->def->prop[i].name,
                                        json_string(res->def->prop[i].fallback)) < 0)
                        return -1;
        }
        return 0;
}

static int put_resources(json_t *into, const struct config *cfg)
{
        json_t *list = json_array();

        if (json_object_set_new(into, "resources", list) < 0)
                return -1;
        for (size_t i = 0; i < cfg->n_res; i++) {
                json_t *one = json_object();

                if (json_array_append_new(list, one) < 0 ||
                    json_object_set_new(one, "resource", json_string(cfg->res[i]->def->name)) < 0 ||
                    put_properties(one, cfg->res[i]) < 0 ||
                    put_extra(one, cfg->res[i], cfg->res[i]->extra) < 0)
                        return -1;
        }
        return 0;
}

char *config_to_json(const struct config *cfg)
{
        _cleanup_json_ json_t *root = json_object();

        if (json_object_set_new(root, "zonename", json_string(cfg->name)) < 0 ||
            put_properties(root, cfg->global) < 0 || put_resources(root, cfg) < 0 ||
            put_extra(root, cfg->global, cfg->extra) < 0)
                return NULL;
        return json_dumps(root, JSON_INDENT(2));
}

static int wrong(struct error *err, const char *where, const char *what)
{
        return error_set(err, EINVAL, "%s: %s", where, what);
}

static int read_tuple(struct resource *res, const struct property_def *def, json_t *value, struct error *err)
{
        struct member m[4];
        struct complex c = {m, 0};
        const char *key;
        json_t *member;

        if (!json_is_object(value))
                return wrong(err, def->name, "a list of objects was expected");
        json_object_foreach(value, key, member)
        {
                if (c.n == ARRAY_SIZE(m) || !json_is_string(member))
                        return wrong(err, def->name, "members must be texts");
                m[c.n++] = (struct member){(char *)key, (char *)json_string_value(member)};
        }
        return resource_add_tuple(res, def->name, &c, err);
}

static int read_property(struct resource *res, const struct property_def *def, json_t *value,
                         struct error *err)
{
        size_t i;
        json_t *entry;
        int r = 0;

        if (schema_kind(def) == VALUE_SIMPLE) {
                if (!json_is_string(value))
                        return wrong(err, def->name, "a text was expected");
                return resource_set(res, def->name, json_string_value(value), err);
        }
        if (!json_is_array(value))
                return wrong(err, def->name, "a list was expected");
        json_array_foreach(value, i, entry)
        {
                if (schema_kind(def) == VALUE_COMPLEX)
                        r = read_tuple(res, def, entry, err);
                else if (json_is_string(entry))
                        r = resource_add_item(res, def->name, json_string_value(entry), err);
                else
                        r = wrong(err, def->name, "a list of texts was expected");
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Nothing that would be dropped without a word: type is NULL for the zone, which has no children. */
static int check_extra(json_t *xml, const char *type, struct error *err)
{
        json_t *attrs = json_object_get(xml, "attributes"), *value;
        const char *key;

        if (!json_is_object(xml) || (attrs && !json_is_object(attrs)))
                return wrong(err, "xml", "an object with attributes, elements and children was expected");
        json_object_foreach(xml, key, value)
        {
                bool text = strcmp(key, "elements") == 0 || (type && strcmp(key, "children") == 0);

                if (!text && strcmp(key, "attributes") != 0)
                        return error_set(err, EINVAL, "xml: %.64s: No such member", key);
                if (text && !json_is_string(value))
                        return error_set(err, EINVAL, "xml: %s: a text was expected", key);
        }
        json_object_foreach(attrs, key, value)
        {
                if (!json_is_string(value))
                        return error_set(err, EINVAL, "xml: attributes: %.64s: a text was expected", key);
        }
        return 0;
}

/* A document in which the kept XML stands where it belongs, with as much around it as the reader needs. */
static char *extra_document(json_t *xml, const char *type, const struct resource_def *def)
{
        const char *key, *open = type ? type : "zone";
        struct strbuf b = {0};
        json_t *value;

        if (type)
                strbuf_puts(&b, "<zone name=\"x\">");
        strbuf_printf(&b, "<%s%s", open, type ? "" : " name=\"x\"");
        for (size_t i = 0; type && i < def->n_prop; i++)
                if (def->prop[i].xml && (def->prop[i].flags & PROP_REQUIRED) &&
                    schema_kind(&def->prop[i]) == VALUE_SIMPLE)
                        strbuf_printf(&b, " %s=\"\"", def->prop[i].xml);
        if (type && strcmp(type, "pset") == 0)
                strbuf_puts(&b, " ncpu_min=\"1\" ncpu_max=\"1\"");
        json_object_foreach(json_object_get(xml, "attributes"), key, value)
        {
                strbuf_printf(&b, " %s=\"", key);
                xml_escape(&b, json_string_value(value));
                strbuf_putc(&b, '"');
        }
        strbuf_printf(&b, ">%s%s</%s>%s", str_empty(json_string_value(json_object_get(xml, "children"))),
                      str_empty(json_string_value(json_object_get(xml, "elements"))), open,
                      type ? "</zone>" : "");
        return strbuf_take(&b);
}

/* Is all of it unknown to the schema?  What is known would be dropped. */
static int only_unknown(json_t *attrs, const struct resource *from, struct error *err)
{
        size_t n_attr = from->extra ? from->extra->n_attr : 0, n_child = 0;
        const char *key;
        json_t *value;

        json_object_foreach(attrs, key, value)
        {
                size_t i = 0;

                while (i < n_attr && strcmp(from->extra->attr[i].name, key) != 0)
                        i++;
                if (i == n_attr)
                        return error_set(err, EINVAL,
                                         "xml: attributes: %.64s: no name, or one that the schema knows",
                                         key);
        }
        for (size_t i = 0; i < from->n_prop; i++)
                n_child += from->prop[i].n;
        if (n_attr != json_object_size(attrs) || n_child != (from->extra ? from->extra->n_child : 0))
                return wrong(err, "xml", "elements and attributes that the schema knows cannot stand here");
        return 0;
}

/*
 * Kept XML goes into files that other programs read, so it must be XML, and unknown to the schema: it is
 * written into a document and read back with the reader of the store.
 */
static int read_extra(json_t *xml, const char *type, struct resource *res, struct config *into,
                      struct error *err)
{
        _cleanup_config_ struct config *parsed = NULL;
        _cleanup_free_ char *text = NULL;
        struct resource *from;
        int r = check_extra(xml, type, err);

        if (r < 0)
                return r;
        text = extra_document(xml, type, res->def);
        if (!text)
                return error_nomem(err);
        r = config_parse_xml(text, strlen(text), "xml", &parsed, err);
        if (r < 0)
                return r;
        from = type ? (parsed->n_res == 1 ? parsed->res[0] : NULL) : parsed->global;
        if (!from || (!type && parsed->n_res > 0) || (type && (parsed->extra || parsed->global->extra)))
                return wrong(err, "xml", "elements and attributes that the schema knows cannot stand here");
        r = only_unknown(json_object_get(xml, "attributes"), from, err);
        if (r < 0)
                return r;
        res->extra = TAKE_PTR(from->extra);
        if (!type)
                into->extra = TAKE_PTR(parsed->extra);
        return 0;
}

/* Each of the children must be about an element that the properties make. */
static int children_belong(const struct resource *res, struct error *err)
{
        bool used[CHILD_EXTRA_MAX] = {false};
        struct member item;

        for (size_t i = 0; res->extra && i < res->n_prop; i++)
                for (size_t k = 0; k < res->prop[i].n; k++) {
                        const struct complex said = property_child(&res->prop[i], k, &item);

                        extra_child(res->extra, res->prop[i].def->xml, &said, used);
                }
        for (size_t i = 0; res->extra && i < res->extra->n_child; i++)
                if (!used[i])
                        return error_set(err, EINVAL, "xml: children: no %s says %s=%.64s",
                                         res->extra->child[i].xml, res->extra->child[i].said.member[0].name,
                                         res->extra->child[i].said.member[0].value);
        return 0;
}

/*
 * A value that may be empty is one that was forgotten when it is absent; XML could not tell the two apart.
 * Nor can it in a pset, which always has numbers.
 */
static int nothing_forgotten(const struct resource *res, struct error *err)
{
        for (size_t i = 0; i < res->def->n_prop; i++) {
                const struct property_def *p = &res->def->prop[i];

                if ((p->flags & PROP_REQUIRED) && ((p->flags & PROP_EMPTY) || p->type == TYPE_NCPUS) &&
                    !resource_get(res, p->name))
                        return error_set(err, EINVAL, "%s: %s not specified", res->def->name, p->name);
        }
        return 0;
}

/* "attr motd": the resource by its first key, as far as that is a text and fit to be shown. */
static void name_resource(const struct resource_def *def, json_t *one, char *buf, size_t size)
{
        const char *key = NULL;

        for (size_t i = 0; i < def->n_prop && !key; i++)
                if (def->prop[i].flags & PROP_KEY)
                        key = json_string_value(json_object_get(one, def->prop[i].name));
        if (key && check_text("", key, false, NULL) < 0)
                key = NULL;
        snprintf(buf, size, "%s%s%.200s", def->name, key ? " " : "", str_empty(key));
}

static int read_resource(struct config *cfg, json_t *one, struct error *err)
{
        const char *type = json_string_value(json_object_get(one, "resource"));
        const struct resource_def *def = type ? schema_resource(type) : NULL;
        struct resource *res;
        const char *key;
        char where[256];
        json_t *value;
        int r = 0;

        if (!type)
                return error_set(err, EINVAL, "resources: entry %zu: \"resource\" says of which type it is",
                                 cfg->n_res + 1);
        if (!def || (def->flags & RES_GLOBAL))
                return error_set(err, EINVAL, "%s: No such resource type", type);
        res = resource_new(def);
        if (!res || config_append(cfg, res) < 0) {
                resource_free(res);
                return error_nomem(err);
        }
        json_object_foreach(one, key, value)
        {
                const struct property_def *p = schema_property(def, key);

                if (strcmp(key, "resource") == 0)
                        continue;
                if (strcmp(key, "xml") == 0)
                        r = read_extra(value, def->xml, res, cfg, err);
                else if (p && (p->flags & PROP_ALIAS))
                        r = error_set(err, EINVAL,
                                      "%s: JSON has the resource control that it stands for: resource rctl, "
                                      "name %s",
                                      key, p->rctl);
                else if (!p)
                        r = error_set(err, EINVAL, "%s: No such property type", key);
                else
                        r = read_property(res, p, value, err);
                if (r < 0)
                        break;
        }
        if (r == 0)
                r = children_belong(res, err);
        if (r < 0) {
                name_resource(def, one, where, sizeof(where));
                error_prefix(err, "%s", where);
                return r;
        }
        if (def->flags & RES_SINGLETON)
                for (size_t i = 0; i + 1 < cfg->n_res; i++)
                        if (cfg->res[i]->def == def)
                                return error_set(err, EEXIST, "The %s resource already exists.", type);
        return nothing_forgotten(res, err);
}

static int read_global(struct config *cfg, const char *key, json_t *value, struct error *err)
{
        const struct property_def *def = schema_property(schema_global(), key);

        if (strcmp(key, "zonename") == 0 || strcmp(key, "resources") == 0)
                return 0;
        if (strcmp(key, "xml") == 0)
                return read_extra(value, NULL, cfg->global, cfg, err);
        if (!def || !json_is_string(value))
                return error_set(err, EINVAL, "%s: %s", key,
                                 def ? "a text was expected" : "No such property type");
        return config_set_global(cfg, key, json_string_value(value), err);
}

/* Members that only SmartOS's vmadm writes. */
static bool is_vmadm(json_t *root)
{
        return !json_object_get(root, "resources") &&
               (json_object_get(root, "ram") || json_object_get(root, "disks") ||
                json_object_get(root, "nics"));
}

int config_from_json(const char *text, size_t len, struct config **ret, struct error *err)
{
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_json_ json_t *root = NULL;
        json_error_t why;
        json_t *name, *list, *value;
        const char *key;
        size_t i;
        int r;

        if (len > XML_MAX_SIZE)
                return error_set(err, EFBIG, "the document is larger than 4 MiB");
        root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
        if (!root)
                return error_set(err, EINVAL, "line %d: %s", why.line, why.text);
        if (is_vmadm(root))
                return error_set(err, EINVAL,
                                 "this is JSON of vmadm, which is not read; bring the XML of the zone "
                                 "instead (create -X)");
        name = json_object_get(root, "zonename");
        list = json_object_get(root, "resources");
        if (!json_is_object(root))
                return error_set(err, EINVAL, "an object with zonename and resources was expected");
        if (!name)
                return wrong(err, "zonename", "missing; it is the name of the zone");
        if (!json_is_string(name))
                return wrong(err, "zonename", "a text was expected");
        if (list && !json_is_array(list))
                return wrong(err, "resources", "a list was expected");
        cfg = config_new("x");
        if (!cfg)
                return error_nomem(err);
        r = config_set_global(cfg, "zonename", json_string_value(name), err);
        if (r < 0)
                return r;
        json_object_foreach(root, key, value)
        {
                r = read_global(cfg, key, value, err);
                if (r < 0)
                        return r;
        }
        json_array_foreach(list, i, value)
        {
                r = read_resource(cfg, value, err);
                if (r < 0)
                        return r;
        }
        r = config_version(cfg, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(cfg);
        return 0;
}
