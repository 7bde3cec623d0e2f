/*
 * Everything that is wrong with a configuration and can be known without the host; see config.h.  Each
 * finding names its place and, where it is not obvious, what to do.  The order is that of zones-tools.md 1.8.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "brand/brand.h"
#include "config/address.h"
#include "config/alias.h"
#include "config/check.h"
#include "config/edit.h"
#include "config/privilege.h"
#include "config/rules.h"
#include "config/tree.h"

struct verifier {
        const struct config *cfg;
        const struct brand *brand; /* NULL when it could not be loaded */
        struct problems *problems;
        int result; /* -ENOMEM once a finding could not be added */
};

#define FOUND(v, ...)                                                                                        \
        do {                                                                                                 \
                if (problems_add((v)->problems, __VA_ARGS__) < 0)                                            \
                        (v)->result = -ENOMEM;                                                               \
        } while (0)

/* "net nat0", "attr ram": the resource as its key says it. */
static void place(const struct resource *res, char *buf, size_t size)
{
        static const char *const words[] = {"name", "match", "path", "dir", "physical", "user", "type"};
        const char *key = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(words) && !key; i++) {
                const struct property_def *def = schema_property(res->def, words[i]);

                if (def && (def->flags & PROP_KEY))
                        key = resource_get(res, words[i]);
        }
        snprintf(buf, size, "%s%s%.200s", res->def->name, key ? " " : "", str_empty(key));
}

static void check_global(struct verifier *v)
{
        const struct config *cfg = v->cfg;
        bool host = strcmp(cfg->name, "global") == 0;
        struct error err;

        /* The host has no zonepath and no brand. */
        if (!config_global(cfg, "zonepath") && !host)
                FOUND(v, "zonepath not specified");
        if (!config_global(cfg, "brand") && !host)
                FOUND(v, "brand not specified");
        for (size_t i = 0; i < cfg->global->n_prop; i++) {
                const struct property *p = &cfg->global->prop[i];

                if (!p->simple || schema_check(p->def, p->simple, &err) == 0)
                        continue;
                if (p->def->type == TYPE_HOSTID)
                        FOUND(v, "invalid hostid: %s", p->simple);
                else
                        FOUND(v, "%s: %s", p->def->name, error_behind(p->def->name, err.text));
        }
        if (config_global(cfg, "pool") && config_first(cfg, "dedicated-cpu"))
                FOUND(v, "pool: A persistent pool is incompatible with the dedicated-cpu resource.");
}

/* The brand's own word for what a list names, which need not be one of illumos; NULL: there is none. */
static const char *privilege_name(const struct brand *brand, const char *word, size_t len)
{
        for (size_t i = 0; brand && i < brand->n_privilege; i++)
                if (strlen(brand->privilege[i].name) == len &&
                    memcmp(brand->privilege[i].name, word, len) == 0)
                        return brand->privilege[i].name;
        return privilege_find(word, len);
}

static void check_privilege(struct verifier *v, const char *name, bool removed)
{
        for (size_t i = 0; v->brand && i < v->brand->n_privilege; i++) {
                const struct brand_privilege *b = &v->brand->privilege[i];

                if (strcmp(b->name, name) != 0 || strcmp(b->ip_type, "shared") == 0)
                        continue;
                if (!removed && strcmp(b->set, "prohibited") == 0)
                        FOUND(v, "limitpriv: Specified privilege is prohibited: %s", b->name);
                if (removed && strcmp(b->set, "required") == 0)
                        FOUND(v, "limitpriv: Required privilege is missing: %s", b->name);
        }
}

/* What the brand cannot do without must be in the list. */
static void check_required(struct verifier *v, const char *text)
{
        for (size_t i = 0; v->brand && i < v->brand->n_privilege; i++) {
                const struct brand_privilege *b = &v->brand->privilege[i];
                bool there = false;

                if (strcmp(b->set, "required") != 0 || strcmp(b->ip_type, "shared") == 0)
                        continue;
                for (const char *p = text; *p && !there;) {
                        size_t n = strcspn(p, ",");
                        const char *word = p + (*p == '-' || *p == '!');
                        const char *name = privilege_name(v->brand, word, n - (size_t)(word - p));

                        /* One that is taken away is a finding already. */
                        there = name &&
                                (word > p ? strcmp(name, b->name) == 0 : privilege_includes(name, b->name));
                        p += n + (p[n] == ',');
                }
                if (!there)
                        FOUND(v, "limitpriv: Required privilege is missing: %s", b->name);
        }
}

/* A list of privileges and words for several; a sign takes one away. */
static void check_limitpriv(struct verifier *v)
{
        const char *text = config_global(v->cfg, "limitpriv");

        for (const char *p = text; p && *p;) {
                size_t n = strcspn(p, ",");
                const char *word = p + (*p == '-' || *p == '!');
                const char *name = privilege_name(v->brand, word, n - (size_t)(word - p));

                if (name)
                        check_privilege(v, name, word > p);
                else if (n == 0)
                        FOUND(v, "limitpriv: invalid privilege: an empty word in '%s'", text);
                else
                        FOUND(v, "limitpriv: invalid privilege: %.*s", (int)n, p);
                p += n + (p[n] == ',');
        }
        if (text)
                check_required(v, text);
}

/* What is wrong with a value, on one line and with the name of its property. */
static void found_value(struct verifier *v, const char *where, const struct property_def *p,
                        const char *value, struct error *err)
{
        for (char *c = err->text; (c = strchr(c, '\n'));)
                *c = ' ';
        if (strstr(err->text, p->name))
                FOUND(v, "%s: %s", where, err->text);
        else
                FOUND(v, "%s: %s=%.200s: %s", where, p->name, value, error_behind(value, err->text));
}

/* Values that came from XML or by hand were never checked. */
static void check_values(struct verifier *v, const struct resource *res)
{
        char where[256];
        struct error err;

        place(res, where, sizeof(where));
        for (size_t i = 0; i < res->n_prop; i++) {
                const struct property *p = &res->prop[i];

                if (p->simple && !(p->def->flags & PROP_ALIAS) && schema_check(p->def, p->simple, &err) < 0)
                        found_value(v, where, p->def, p->simple, &err);
                for (size_t k = 0; p->items && k < p->n; k++)
                        if (schema_check(p->def, p->items[k], &err) < 0)
                                FOUND(v, "%s: %s: %s", where, p->def->name,
                                      error_behind(p->def->name, err.text));
                        else if (!*p->items[k])
                                FOUND(v, "%s: %s: the items of a list cannot be empty (clear %s)", where,
                                      p->def->name, p->def->name);
                for (size_t k = 0; p->tuple && k < p->n; k++)
                        if (schema_check_tuple(p->def, &p->tuple[k], &err) < 0)
                                FOUND(v, "%s: %s: %s", where, p->def->name,
                                      error_behind(p->def->name, err.text));
        }
        if (rules_complete(res, &err) < 0)
                FOUND(v, "%s: %s", where, err.text);
}

/* The addresses that a link lets through must be addresses, and those that the zone may use among them. */
static void check_allowed_ips(struct verifier *v, const struct resource *res, const char *ips)
{
        const char *link = str_empty(resource_get(res, "physical"));
        struct address prefix, one;
        bool good =
            strlen(ips) < CONFIG_VALUE_MAX; /* a longer one is a finding already, and takes its time */

        for (const char *p = ips; *p && strlen(ips) < CONFIG_VALUE_MAX;) {
                const char *item = p;

                if (address_next(&p, &prefix) == 0)
                        continue;
                FOUND(v, "net %s: linkprop allowed-ips: %.*s is no address", link, (int)strcspn(item, ","),
                      item);
                good = false;
        }
        for (const char *a = str_empty(resource_get(res, "allowed-address")); *a && *ips && good;) {
                const char *item = a, *p = ips;
                bool in = address_next(&a, &one) < 0; /* a host name: what it stands for is not known here */

                while (*p && !in)
                        in = address_next(&p, &prefix) == 0 && address_in(&one, &prefix);
                if (in)
                        continue;
                FOUND(v, "net %s: allowed-address %.*s is not among linkprop allowed-ips", link,
                      (int)strcspn(item, ","), item);
                return;
        }
}

static void check_net_links(struct verifier *v, const struct resource *res)
{
        const char *link = str_empty(resource_get(res, "physical")), *vnic = resource_get(res, "virtual");
        const char *below = resource_get(res, "global-nic"), *ips;

        if (vnic && below && strcmp(below, link) != 0)
                FOUND(v,
                      "net %s: virtual=%s is made on physical, but global-nic=%s names another link; clear "
                      "global-nic",
                      link, vnic, below);
        ips = resource_named(res, "linkprop", "allowed-ips");
        if (ips)
                check_allowed_ips(v, res, ips);
}

static void check_net(struct verifier *v, const struct resource *res)
{
        bool shared = strcmp(config_global(v->cfg, "ip-type"), "shared") == 0;
        const char *allowed = resource_get(res, "allowed-address"), *router = resource_get(res, "defrouter");
        const char *link = str_empty(resource_get(res, "physical"));
        const char *vlan = resource_get(res, "vlan"), *vlan_id = resource_get(res, "vlan-id");
        const char *mac = resource_get(res, "mac-addr");
        unsigned char bytes[6];

        if (shared && !resource_get(res, "address"))
                FOUND(v, "net %s: address not specified", link);
        if (shared && allowed)
                FOUND(v, "net: allowed-address cannot be specified for a shared IP type");
        if (!shared && resource_get(res, "address"))
                FOUND(v, "net: address cannot be specified for an exclusive IP type");
        if (!shared && router && !allowed)
                FOUND(v,
                      "net: defrouter for %s cannot be specified without allowed-address for an exclusive "
                      "IP type",
                      link);
        if (vlan && vlan_id && strcmp(vlan, vlan_id) != 0)
                FOUND(v, "net %s: vlan=%s and vlan-id=%s contradict each other; keep one of them", link, vlan,
                      vlan_id);
        check_net_links(v, res);
        if (vlan && !resource_get(res, "virtual"))
                FOUND(v, "net %s: vlan has no effect without virtual; use vlan-id or set virtual", link);
        if (mac && check_mac(mac, bytes) == 0 && (bytes[0] & 1))
                FOUND(v, "net %s: mac-addr %s is a group address; the first byte must be even", link, mac);
        if (mac && check_mac(mac, bytes) == 0 && memcmp(bytes, (unsigned char[6]){0}, 6) == 0)
                FOUND(v, "net %s: mac-addr %s is not an address", link, mac);
}

/* A resource whose whole key somebody else has, or a device of which there can be one. */
struct claim {
        char text[320];   /* what must be unique: "pci-slot 0:3:0", "mac-addr 02:08:20:00:00:01" */
        const char *rest; /* what did not fit into it */
        size_t pos;       /* resource */
};

static int by_claim(const void *a, const void *b)
{
        const struct claim *x = a, *y = b;
        int r = strcmp(x->text, y->text);

        if (r == 0)
                r = strcmp(str_empty(x->rest), str_empty(y->rest));
        return r ? r : x->pos < y->pos ? -1 : x->pos > y->pos;
}

static size_t claim_pci(const struct resource *res, size_t pos, struct claim *c)
{
        const char *text = resource_get(res, "pci-slot"), *emulation = resource_get(res, "emulation");
        unsigned slot[3];

        if (!text || check_pci_slot(text, slot) < 0 || (emulation && strcmp(emulation, "none") == 0))
                return 0;
        snprintf(c->text, sizeof(c->text), "pci-slot %u:%u:%u", slot[0], slot[1], slot[2]);
        c->pos = pos;
        return 1;
}

static size_t claim_mac(const struct resource *res, size_t pos, struct claim *c)
{
        const char *text = resource_get(res, "mac-addr");
        unsigned char m[6];

        if (!text || check_mac(text, m) < 0)
                return 0;
        snprintf(c->text, sizeof(c->text), "mac-addr %02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
                 m[4], m[5]);
        c->pos = pos;
        return 1;
}

static size_t claim_virtual(const struct resource *res, size_t pos, struct claim *c)
{
        const char *text = strcmp(res->def->name, "net") == 0 ? resource_get(res, "virtual") : NULL;

        if (!text)
                return 0;
        snprintf(c->text, sizeof(c->text), "virtual %.200s", text);
        c->pos = pos;
        return 1;
}

/* One backing store must not be two disks, whichever kind of resource says so. */
static size_t claim_store(const struct resource *res, size_t pos, struct claim *c)
{
        const char *path = resource_get(res, "path");

        if (!path && strcmp(res->def->name, "device") == 0)
                path = resource_get(res, "match");
        if (!path)
                return 0;
        snprintf(c->text, sizeof(c->text), "%.300s", path);
        c->rest = strlen(path) > 300 ? path + 300 : NULL;
        c->pos = pos;
        return 1;
}

static void check_claims(struct verifier *v)
{
        const struct config *cfg = v->cfg;
        struct claim *claims = calloc(cfg->n_res * 4 + 1, sizeof(*claims));
        size_t n = 0;

        if (!claims) {
                v->result = -ENOMEM;
                return;
        }
        for (size_t i = 0; i < cfg->n_res; i++) {
                n += claim_pci(cfg->res[i], i, &claims[n]);
                n += claim_mac(cfg->res[i], i, &claims[n]);
                n += claim_virtual(cfg->res[i], i, &claims[n]);
                n += claim_store(cfg->res[i], i, &claims[n]);
        }
        qsort(claims, n, sizeof(*claims), by_claim);
        for (size_t i = 1; i < n; i++) {
                char a[256], b[256];

                if (strcmp(claims[i].text, claims[i - 1].text) != 0 ||
                    !streq_null(claims[i].rest, claims[i - 1].rest))
                        continue;
                /* The same kind with the same key has a message of its own. */
                if (rules_same_key(cfg->res[claims[i].pos], cfg->res[claims[i - 1].pos]))
                        continue;
                place(cfg->res[claims[i - 1].pos], a, sizeof(a));
                place(cfg->res[claims[i].pos], b, sizeof(b));
                FOUND(v, "%s is used twice: by %s and by %s", claims[i].text, a, b);
        }
        free(claims);
}

/* Same type and same key: sorted by a text of all key values, so that 2,000 resources stay quick. */
static void key_text(const struct resource *res, char *buf, size_t size)
{
        size_t used = (size_t)snprintf(buf, size, "%s", res->def->name);

        for (size_t i = 0; i < res->def->n_prop && used < size; i++)
                if (res->def->prop[i].flags & PROP_KEY)
                        used += (size_t)snprintf(buf + used, size - used, "\t%s",
                                                 str_empty(resource_get(res, res->def->prop[i].name)));
}

static void check_duplicates(struct verifier *v)
{
        const struct config *cfg = v->cfg;
        struct claim *claims = calloc(cfg->n_res + 1, sizeof(*claims));
        struct error err;
        size_t n = 0;

        if (!claims) {
                v->result = -ENOMEM;
                return;
        }
        for (size_t i = 0; i < cfg->n_res; i++) {
                if (cfg->res[i]->def->flags & RES_SINGLETON)
                        continue;
                key_text(cfg->res[i], claims[n].text, sizeof(claims[n].text));
                claims[n++].pos = i;
        }
        qsort(claims, n, sizeof(*claims), by_claim);
        for (size_t i = 1; i < n; i++)
                if (strcmp(claims[i].text, claims[i - 1].text) == 0 &&
                    rules_same_key(cfg->res[claims[i].pos], cfg->res[claims[i - 1].pos])) {
                        rules_duplicate(cfg->res[claims[i].pos], &err);
                        FOUND(v, "%s: %s", cfg->res[claims[i].pos]->def->name, err.text);
                }
        free(claims);
}

static void check_boot_disks(struct verifier *v)
{
        char first[256] = "", where[256];

        for (size_t i = 0; i < v->cfg->n_res; i++) {
                const struct resource *res = v->cfg->res[i];

                if (!streq_null(resource_get(res, "boot"), "true"))
                        continue;
                place(res, where, sizeof(where));
                if (*first)
                        FOUND(v, "%s: boot is true for %s already; only one disk can be the boot disk", where,
                              first);
                else
                        snprintf(first, sizeof(first), "%s", where);
        }
}

static bool known_class(const char *class)
{
        const char *const *known = schema_property(schema_global(), "scheduling-class")->values;

        while (*known && strcmp(*known, class) != 0)
                known++;
        return *known;
}

static void check_rctls(struct verifier *v)
{
        static const char *const aliased[] = {"capped-memory", "capped-cpu"};
        const char *class = config_global(v->cfg, "scheduling-class");
        bool dedicated = config_first(v->cfg, "dedicated-cpu") != NULL;
        uint64_t n, physical, locked;

        if (class && !known_class(class))
                FOUND(v, "scheduling-class: '%s' is none of TS, IA, FSS, FX, RT", class);
        if (dedicated && config_rctl(v->cfg, "cpu-shares", &n) == 0)
                FOUND(v, "rctl zone.cpu-shares and dedicated-cpu are incompatible.");
        if (class && strcmp(class, "FSS") != 0 && config_rctl(v->cfg, "cpu-shares", &n) == 0)
                FOUND(v, "WARNING: rctl zone.cpu-shares and scheduling-class=%s are incompatible", class);
        if (dedicated && config_rctl(v->cfg, "cpu-cap", &n) == 0)
                FOUND(v, "rctl zone.cpu-cap and the dedicated-cpu are incompatible.");
        if (config_rctl(v->cfg, "physical", &physical) == 0 && config_rctl(v->cfg, "locked", &locked) == 0 &&
            locked > physical)
                FOUND(v, "capped-memory: The locked cap must be less than or equal to the physical cap.");
        for (size_t i = 0; i < ARRAY_SIZE(aliased); i++) {
                const struct resource_def *def = schema_resource(aliased[i]);

                for (size_t k = 0; k < def->n_prop; k++) {
                        const struct property_def *p = &def->prop[k];
                        struct error err;
                        char text[32];
                        uint64_t limit, again;

                        if (!(p->flags & PROP_ALIAS) || alias_get(v->cfg, p, &limit) < 0)
                                continue;
                        alias_format(p, limit, text, sizeof(text));
                        if (alias_parse(p, text, &again, &err) < 0)
                                FOUND(v, "%s: %s", def->name, err.text);
                }
        }
}

/* Flags as bits; UNKNOWN for "default" and "current", which are whatever the host has. */
#define FLAGS_ALL     7U
#define FLAGS_UNKNOWN 8U

static const char *const flag_names[] = {"aslr", "forbidnullmap", "noexecstack"};

struct flag_word {
        const char *word;
        unsigned flags;
        bool whole; /* stands for all that is set, not for one flag more */
};

static const struct flag_word *find_flag(const char *word, size_t len)
{
        static const struct flag_word words[] = {
            {"aslr", 1, false},
            {"forbidnullmap", 2, false},
            {"noexecstack", 4, false},
            {"none", 0, true},
            {"all", FLAGS_ALL, true},
            {"default", FLAGS_UNKNOWN, true},
            {"current", FLAGS_UNKNOWN, true},
        };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strlen(words[i].word) == len && memcmp(words[i].word, word, len) == 0)
                        return &words[i];
        return NULL;
}

/* A list of flags, each added or, with a sign, taken away. */
static unsigned read_flags(struct verifier *v, const struct resource *res, const char *prop)
{
        unsigned flags = 0;

        for (const char *p = resource_get(res, prop); *p;) {
                size_t n = strcspn(p, ",");
                const char *word = p + (*p == '-' || *p == '!');
                const struct flag_word *flag = find_flag(word, n - (size_t)(word - p));

                if (!flag) {
                        FOUND(v, "security-flags: %s: unknown flag %.*s", prop, (int)n, p);
                        flags = FLAGS_UNKNOWN;
                } else if (word > p) {
                        flags &= ~flag->flags;
                } else {
                        flags = flag->whole ? flag->flags : flags | flag->flags;
                }
                p += n + (p[n] == ',');
        }
        return flags;
}

/* Every flag of the one must be in the other. */
static void check_flags_within(struct verifier *v, const char *less, unsigned in_less, const char *more,
                               unsigned in_more)
{
        if ((in_less | in_more) & FLAGS_UNKNOWN)
                return;
        for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
                if (in_less & ~in_more & 1U << i)
                        FOUND(v,
                              "security-flags: %s has %s and %s has not; default must lie between lower "
                              "and upper",
                              less, flag_names[i], more);
}

static void check_security_flags(struct verifier *v, const struct resource *res)
{
        unsigned lower = resource_get(res, "lower") ? read_flags(v, res, "lower") : 0;
        unsigned set = resource_get(res, "default") ? read_flags(v, res, "default") : FLAGS_UNKNOWN;
        unsigned upper = resource_get(res, "upper") ? read_flags(v, res, "upper") : FLAGS_ALL;

        check_flags_within(v, "lower", lower, "default", set);
        check_flags_within(v, "default", set, "upper", upper);
        if (set & FLAGS_UNKNOWN)
                check_flags_within(v, "lower", lower, "upper", upper);
}

/* What the brand does not have: its own words where it gives some. */
static void refuse(struct verifier *v, const char *where, const char *prop, const char *reason)
{
        const char *brand = v->brand->name;

        if (prop && reason)
                FOUND(v, "%s: %s is not available in brand %s: %s", where, prop, brand, reason);
        else if (prop)
                FOUND(v, "%s: %s is not available in brand %s", where, prop, brand);
        else if (reason)
                FOUND(v, "%s is not available in brand %s: %s", where, brand, reason);
        else
                FOUND(v, "%s is not available in brand %s", where, brand);
}

static void check_allowed_global(struct verifier *v)
{
        const struct resource_def *def = schema_global();
        const char *reason;

        for (size_t i = 0; i < def->n_prop; i++) {
                const struct property_def *p = &def->prop[i];
                const char *fixed = brand_fixed(v->brand, "zone", p->name), *value;
                uint64_t limit;
                bool set;

                set = p->flags & PROP_ALIAS ? alias_get(v->cfg, p, &limit) == 0
                                            : resource_get(v->cfg->global, p->name) != NULL;
                if (set && !brand_allows(v->brand, "zone", p->name, &reason))
                        refuse(v, "global", p->name, reason);
                value = fixed ? config_global(v->cfg, p->name) : NULL;
                if (fixed && !streq_null(value, fixed))
                        FOUND(v, "%s must be '%s' when brand is '%s'; set %s=%s", p->name, fixed,
                              v->brand->name, p->name, fixed);
        }
}

/* Is it there for a property that the brand has, which stands for it?  Nobody asked for it by its own name.
 */
static bool stands_for_alias(const struct verifier *v, const struct resource *res)
{
        const struct resource_def *homes[] = {schema_global(), schema_resource("capped-cpu"),
                                              schema_resource("capped-memory")};
        uint64_t limit;

        if (strcmp(res->def->name, "rctl") != 0)
                return false;
        for (size_t h = 0; h < ARRAY_SIZE(homes); h++)
                for (size_t i = 0; i < homes[h]->n_prop; i++) {
                        const struct property_def *p = &homes[h]->prop[i];

                        if ((p->flags & PROP_ALIAS) && streq_null(resource_get(res, "name"), p->rctl) &&
                            alias_get(v->cfg, p, &limit) == 0 &&
                            brand_allows(v->brand, h == 0 ? "zone" : homes[h]->name, p->name, NULL))
                                return true;
                }
        return false;
}

static void check_allowed(struct verifier *v, const struct resource *res)
{
        const char *reason;
        char where[256];

        if (stands_for_alias(v, res))
                return;
        place(res, where, sizeof(where));
        if (!brand_allows(v->brand, res->def->name, NULL, &reason)) {
                refuse(v, where, NULL, reason);
                return;
        }
        for (size_t i = 0; i < res->n_prop; i++)
                if (!brand_allows(v->brand, res->def->name, res->prop[i].def->name, &reason))
                        refuse(v, where, res->prop[i].def->name, reason);
}

/* Aliases of the virtual resources are asked for under their own names. */
static void check_allowed_virtual(struct verifier *v, const struct resource_def *def)
{
        const char *reason;
        uint64_t limit;

        for (size_t i = 0; i < def->n_prop; i++)
                if ((def->prop[i].flags & PROP_ALIAS) && alias_get(v->cfg, &def->prop[i], &limit) == 0 &&
                    !brand_allows(v->brand, def->name, def->prop[i].name, &reason))
                        refuse(v, def->name, def->prop[i].name, reason);
}

static void check_brand(struct verifier *v)
{
        if (strcmp(config_global(v->cfg, "ip-type"), "exclusive") == 0 && !v->brand->allow_exclusive_ip)
                FOUND(v, "ip-type cannot be 'exclusive' when brand is '%s'.", v->brand->name);
        check_allowed_global(v);
        check_allowed_virtual(v, schema_resource("capped-cpu"));
        check_allowed_virtual(v, schema_resource("capped-memory"));
        for (size_t i = 0; i < v->cfg->n_res; i++)
                check_allowed(v, v->cfg->res[i]);
}

int config_verify(const struct root *root, const struct config *cfg, struct problems *ret, struct error *err)
{
        _cleanup_(brand_freep) struct brand *brand = NULL;
        struct verifier v = {.cfg = cfg, .problems = ret};
        const char *name = config_global(cfg, "brand");
        struct error why = {0};
        int r = name ? brand_load(root, name, &brand, &why) : 0;

        if (r == -ENOMEM)
                return error_nomem(err);
        v.brand = brand;
        check_global(&v);
        if (r == -ENOENT)
                FOUND(&v, "brand: Zone %s uses non-existent brand \"%s\".", cfg->name, name);
        else if (r < 0)
                FOUND(&v, "brand: %s", why.text);
        check_limitpriv(&v);
        for (size_t i = 0; i < cfg->n_res; i++) {
                check_values(&v, cfg->res[i]);
                if (strcmp(cfg->res[i]->def->name, "net") == 0)
                        check_net(&v, cfg->res[i]);
                if (strcmp(cfg->res[i]->def->name, "security-flags") == 0)
                        check_security_flags(&v, cfg->res[i]);
        }
        check_duplicates(&v);
        check_claims(&v);
        check_boot_disks(&v);
        check_rctls(&v);
        if (brand)
                check_brand(&v);
        return v.result < 0 ? error_nomem(err) : 0;
}
