/* Converting a configuration step by step, with the machine as the judge; see convert.h. */
#include "convert/convert.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "convert/internal.h"

/* Stands for the UUID of a zone that has none yet; a random one would differ from one look to the next. */
#define SOME_UUID "00000000-0000-4000-8000-000000000000"

/* Is the name one of a list with commas? */
static bool listed(const char *list, const char *name)
{
        size_t n = strlen(name);

        for (const char *p = str_empty(list); *p; p += strcspn(p, ","), p += *p == ',')
                if (strncmp(p, name, n) == 0 && (!p[n] || p[n] == ',' || p[n] == '='))
                        return true;
        return false;
}

/* bootorder and bootnext name disks by number: the same name must mean the same place. */
static void put_boot_names(struct strbuf *b, const struct machine *m)
{
        char name[32];

        for (size_t i = 0; i < m->n_device; i++) {
                const struct pci_addr *a = &m->device[i].addr;

                if (machine_boot_name(m, &m->device[i], name, sizeof(name)) &&
                    (listed(m->bootorder, name) || listed(m->bootnext, name)))
                        strbuf_printf(b, "%s at %u:%u:%u\n", name, a->bus, a->slot, a->function);
        }
}

/*
 * All that must stay the same: the arguments, and what else the brand makes of the machine.  Of the memory it
 * is the size: 2048 and 2048M are one.
 */
static char *machine_text(const struct machine *m)
{
        struct strbuf b = {0};
        struct strv args = {0};
        int r = machine_to_zhyve(m, &args, NULL);

        for (size_t i = 0; i < args.n; i++)
                if (i > 0 && strcmp(args.v[i - 1], "-m") == 0)
                        strbuf_printf(&b, "%llu bytes\n", (unsigned long long)m->ram_bytes);
                else
                        strbuf_printf(&b, "%s\n", args.v[i]);
        strbuf_printf(&b, "order %s next %s\n", str_empty(m->bootorder), str_empty(m->bootnext));
        strbuf_printf(&b, "cloud-init %s %d\n", str_empty(m->cloud_init), m->cloud_init_seed);
        put_boot_names(&b, m);
        strv_free(&args);
        if (r < 0)
                b.failed = true;
        return strbuf_take(&b);
}

static int look(const struct conversion *c, const struct config *cfg, struct machine **ret_machine,
                char **ret_text, struct error *err)
{
        int r = machine_from_config(c->root, cfg, c->uuid, ret_machine, NULL, err);

        if (r < 0)
                return r;
        *ret_text = machine_text(*ret_machine);
        return *ret_text ? 0 : error_nomem(err);
}

/* How many resources and properties of a configuration its brand does not have. */
static size_t count_refused(const struct brand *brand, const struct config *cfg)
{
        size_t n = 0;

        for (size_t i = 0; brand && i < cfg->global->n_prop; i++)
                n += !brand_allows(brand, "zone", cfg->global->prop[i].def->name, NULL);
        for (size_t i = 0; brand && i < cfg->n_res; i++) {
                const struct resource *res = cfg->res[i];

                n += !brand_allows(brand, res->def->name, NULL, NULL);
                for (size_t k = 0; k < res->n_prop; k++)
                        n += !brand_allows(brand, res->def->name, res->prop[k].def->name, NULL);
        }
        return n;
}

bool step(struct conversion *c, step_fn *fn, const struct machine_device *d)
{
        _cleanup_config_ struct config *copy = c->r == 0 ? config_copy(c->cfg) : NULL;
        _cleanup_machine_ struct machine *machine = NULL;
        _cleanup_free_ char *text = NULL;
        size_t refused;
        int r;

        if (c->r < 0)
                return false;
        r = copy ? fn(c, copy, d) : -ENOMEM;
        refused = r == 0 ? count_refused(c->brand, copy) : 0;
        if (refused > c->refused)
                return false;
        if (r == 0)
                r = look(c, copy, &machine, &text, NULL);
        if (r == -ENOMEM)
                c->r = r;
        if (r < 0 || !text || strcmp(text, c->before) != 0)
                return false;
        config_free(c->cfg);
        c->cfg = TAKE_PTR(copy);
        c->refused = refused;
        return true;
}

void step_devices(struct conversion *c, step_fn *fn)
{
        for (size_t i = 0; i < c->machine->n_device; i++)
                step(c, fn, &c->machine->device[i]);
}

void step_devices_back(struct conversion *c, step_fn *fn)
{
        for (size_t i = c->machine->n_device; i > 0; i--)
                step(c, fn, &c->machine->device[i - 1]);
}

int attr_add(struct config *cfg, const char *name, const char *value)
{
        _cleanup_(resource_freep) struct resource *res = resource_new(schema_resource("attr"));
        int r;

        if (!res)
                return -ENOMEM;
        r = resource_set(res, "name", name, NULL);
        if (r == 0)
                r = resource_set(res, "type", "string", NULL);
        if (r == 0)
                r = resource_set(res, "value", value, NULL);
        if (r == 0)
                r = config_add(cfg, res, NULL);
        if (r == 0)
                res = NULL;
        return r;
}

int find_by(const struct config *cfg, const char *type, const char *key, const char *value)
{
        for (size_t i = 0; i < cfg->n_res; i++)
                if (strcmp(cfg->res[i]->def->name, type) == 0 &&
                    streq_null(resource_get(cfg->res[i], key), value))
                        return (int)i;
        return -ENOENT;
}

int attr_remove(struct config *cfg, const char *name)
{
        int at = find_by(cfg, "attr", "name", name);

        /* One with properties of its own, or attributes that only its file knows, says more than its value.
         */
        if (at >= 0 && (resource_prop(cfg->res[at], "property") || cfg->res[at]->extra))
                return -EBUSY;
        return at < 0 ? at : config_remove_at(cfg, (size_t)at);
}

const char *attr_text(const struct config *cfg, const char *name, char *buf, size_t size)
{
        const char *value = config_attr(cfg, name);
        size_t n;

        if (!value)
                return NULL;
        while (isspace((unsigned char)*value))
                value++;
        n = strlen(value);
        while (n > 0 && isspace((unsigned char)value[n - 1]))
                n--;
        if (n == 0 || n >= size)
                return NULL;
        memcpy(buf, value, n);
        buf[n] = '\0';
        return buf;
}

int only_set(struct config *cfg, const char *type, const char *prop, const char *value)
{
        const struct resource_def *def = schema_resource(type);
        _cleanup_(resource_freep) struct resource *res = NULL;
        size_t pos = 0;
        int r = config_select(cfg, def, NULL, 0, &res, &pos, NULL);
        bool made = r == -ENOENT;

        if (made && value)
                r = (res = resource_new(def)) ? 0 : -ENOMEM;
        if (r == 0)
                r = value ? resource_set(res, prop, value, NULL) : resource_clear(res, prop, NULL);
        if (r < 0)
                return r;
        if (res->n_prop == 0 && !res->extra) {
                config_remove_all(cfg, def);
                return 0;
        }
        r = made ? config_add(cfg, res, NULL) : config_replace(cfg, pos, res, NULL);
        if (r == 0)
                res = NULL;
        return r;
}

bool shown_by_fs(const struct config *cfg, const char *path)
{
        const struct resource *fs = NULL;

        while ((fs = config_next(cfg, "fs", fs))) {
                const char *rest = path_below(str_empty(resource_get(fs, "dir")), path);

                if (rest && rest > path && streq_null(resource_get(fs, "type"), "lofs"))
                        return true;
        }
        return false;
}

/* What is left that version 1 cannot say is a refusal that names all of it. */
static int check_lossless(const struct config *cfg, struct error *err)
{
        struct problems left = {0};
        struct strbuf text = {0};
        int r = config_additions(cfg, &left);

        for (size_t i = 0; i < left.n; i++)
                strbuf_printf(&text, "%s%s", i ? "; " : "", left.text[i]);
        if (r < 0 || text.failed)
                r = error_nomem(err);
        else if (left.n)
                r = error_set(err, EINVAL, "version 1 has no words for: %s", text.data);
        strbuf_free(&text);
        problems_clear(&left);
        return r;
}

/* A brand that is not there, or damaged, is for verify to tell. */
static int learn_brand(struct conversion *c, const struct config *cfg, struct error *err)
{
        const char *name = config_global(cfg, "brand");

        if (name && brand_load(c->root, name, &c->brand, NULL) == -ENOMEM)
                return error_nomem(err);
        c->refused = count_refused(c->brand, cfg);
        return 0;
}

int config_convert(const struct root *root, const struct config *cfg, const char *uuid, int version,
                   struct config **ret, struct error *err)
{
        struct conversion c = {.root = root, .uuid = uuid && *uuid ? uuid : SOME_UUID};
        int r = look(&c, cfg, &c.machine, &c.before, err);

        if (r == 0)
                r = learn_brand(&c, cfg, err);
        if (r == 0 && !(c.cfg = config_copy(cfg)))
                r = error_nomem(err);
        if (r == 0 && version == CONFIG_VERSION_RESOURCES)
                convert_upgrade(&c);
        else if (r == 0)
                convert_downgrade(&c);
        if (r == 0 && c.r < 0)
                r = error_nomem(err);
        if (r == 0 && version == CONFIG_VERSION_ATTRIBUTES)
                r = check_lossless(c.cfg, err);
        if (r == 0)
                r = config_set_version(c.cfg, version, err);
        if (r == 0)
                *ret = TAKE_PTR(c.cfg);
        config_free(c.cfg);
        machine_free(c.machine);
        brand_free(c.brand);
        free(c.before);
        return r;
}
