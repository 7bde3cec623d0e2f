/* What the brand says about resources and properties (RFD 122), as zonecfg applies it; see session.h. */
#include "zonecfg/session.h"

#include <errno.h>
#include <string.h>

#include "base/strv.h"

const struct brand *session_brand(struct session *s)
{
        const char *name = s->cfg ? config_global(s->cfg, "brand") : NULL;

        if (!name || !*name)
                return NULL;
        if (s->brand && strcmp(s->brand->name, name) != 0)
                session_forget_brand(s);
        if (!s->brand && brand_load(&s->root, name, &s->brand, NULL) < 0)
                s->brand = NULL;
        return s->brand;
}

int session_brand_allows(struct session *s, const char *resource, const char *prop)
{
        const struct brand *brand = session_brand(s);
        const char *reason = NULL;
        bool global = strcmp(resource, "zone") == 0;

        if (!brand || brand_allows(brand, resource, prop, &reason))
                return 0;
        if (!prop)
                return session_error(s, "The %s resource is not supported by brand '%s'%s%s", resource,
                                     brand->name, reason ? ": " : "", str_empty(reason));
        return session_error(s, "%s%s%s is not supported by brand '%s'%s%s", global ? "" : resource,
                             global ? "" : " ", prop, brand->name, reason ? ": " : "", str_empty(reason));
}

bool session_brand_permits(struct session *s, const char *resource, const char *prop, const char *value)
{
        const struct brand *brand = session_brand(s);
        const char *fixed = brand ? brand_fixed(brand, resource, prop) : NULL;

        if (brand && !fixed && strcmp(resource, "zone") == 0 && strcmp(prop, "ip-type") == 0 &&
            strcmp(value, "exclusive") == 0 && !brand->allow_exclusive_ip)
                fixed = "shared";
        return !fixed || strcmp(fixed, value) == 0;
}

int session_brand_value(struct session *s, const char *resource, const char *prop, const char *value)
{
        if (session_brand_permits(s, resource, prop, value))
                return 0;
        return session_error(s, "%s cannot be '%s' when brand is '%s'.", prop, value, s->brand->name);
}

int session_brand_fix(struct session *s, struct resource *res)
{
        const struct brand *brand = session_brand(s);
        const char *name = res ? res->def->name : "zone";
        struct error err = {0};

        for (size_t i = 0; brand && i < brand->n_res; i++) {
                const struct brand_resource *rule = &brand->res[i];

                if (strcmp(rule->name, name) != 0)
                        continue;
                for (size_t j = 0; j < rule->n_prop; j++) {
                        const struct brand_property *p = &rule->prop[j];
                        int r;

                        if (!p->fixed_value || (!res && strcmp(p->name, "brand") == 0))
                                continue;
                        r = res ? resource_set(res, p->name, p->fixed_value, &err)
                                : config_set_global(s->cfg, p->name, p->fixed_value, &err);
                        if (r < 0)
                                return session_fail(s, &err);
                }
        }
        return 0;
}
