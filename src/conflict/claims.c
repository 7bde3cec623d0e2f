/*
 * The claims of a configuration; see claims.h.  A device resource and the attribute that uses the device are
 * one claim, that of the attribute, which knows whether the guest may write.  What nothing uses is a claim
 * too, but one that is in nobody's way.
 */
#include "conflict/claims.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/check.h"
#include "config/schema.h"
#include "machine/machine.h"
#include "net/net.h"
#include "ppt/ppt.h"
#include "volume/given.h"
#include "volume/volume.h"

struct reader {
        const struct root *root;
        const struct config *cfg;
        struct claims claims;
};

void claims_free(struct claims *claims)
{
        for (size_t i = 0; i < claims->n; i++) {
                free(claims->v[i].key);
                free(claims->v[i].text);
                free(claims->v[i].host);
                free(claims->v[i].where);
        }
        free(claims->v);
        *claims = (struct claims){0};
}

/* Takes over key. */
static int add(struct reader *r, char *key, const char *text, const char *where, struct claim flags)
{
        struct claim *grown = reallocarray(r->claims.v, r->claims.n + 1, sizeof(*grown)), *c;

        if (!grown) {
                free(key);
                return -ENOMEM;
        }
        r->claims.v = grown;
        c = &grown[r->claims.n++];
        *c = flags;
        c->key = key;
        c->text = strdup(text);
        c->host = strdup(flags.host ? flags.host : text);
        c->where = strdup(where);
        return c->key && c->text && c->host && c->where ? 0 : -ENOMEM;
}

/* What is not there yet is known by its path, with the links of its directory resolved. */
static char *key_of_absent(const char *path)
{
        _cleanup_free_ char *dir = strdup(path), *real = NULL;
        const char *slash = strrchr(path, '/');
        char *key = NULL;

        if (!dir)
                return NULL;
        dir[slash ? slash - path : 0] = '\0';
        real = realpath(*dir ? dir : "/", NULL);
        if (asprintf(&key, "path:%s%s", real ? real : dir, slash ? slash : path) < 0)
                return NULL;
        return key;
}

/* By its address, however it is named; by its name where that is all there is.  NULL when out of memory. */
static char *key_of_pci(const struct root *root, const char *name)
{
        int number = ppt_name(name);
        char address[PPT_ADDRESS_MAX], *key = NULL;
        unsigned part[3];

        if (number >= 0 && ppt_address_of(root, number, address, NULL) == 0)
                name = address;
        if (ppt_address(name, part) == 0)
                return asprintf(&key, "pci:%u:%u:%u", part[0], part[1], part[2]) < 0 ? NULL : key;
        return asprintf(&key, "pci:%s", strrchr(name, '/') ? strrchr(name, '/') + 1 : name) < 0 ? NULL : key;
}

static bool is_pci(const char *name)
{
        unsigned part[3];

        return (str_starts(name, "/dev/") && ppt_name(name) >= 0) || ppt_address(name, part) == 0;
}

/* By what is there: the file or the device, whatever names lead to it.  NULL when out of memory. */
static char *key_of_name(const struct root *root, const char *name)
{
        _cleanup_(volume_clear) struct volume v = {0};
        struct stat st;
        char *key = NULL;
        int r = volume_resolve(root, name, &v, NULL);

        if (r == -ENOMEM)
                return NULL;
        if (r < 0)
                return asprintf(&key, "name:%s", name) < 0 ? NULL : key;
        if (stat(v.path, &st) < 0)
                return key_of_absent(v.path);
        if (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode))
                r = asprintf(&key, "%s:%u:%u", S_ISBLK(st.st_mode) ? "block" : "char", major(st.st_rdev),
                             minor(st.st_rdev));
        else
                r = asprintf(&key, "file:%llu:%llu", (unsigned long long)st.st_dev,
                             (unsigned long long)st.st_ino);
        return r < 0 ? NULL : key;
}

/* A path inside the zone, as the machine names it. */
static int add_use(struct reader *r, const struct machine_use *use)
{
        _cleanup_free_ char *host = NULL;
        const char *zonepath = config_global(r->cfg, "zonepath");
        size_t n_base;
        int found = volume_host_name(r->cfg, use->path, &host, &n_base, NULL);

        if (found == -ENOMEM)
                return found;
        /* One that is not given to the zone cannot be booted, but it says what is wanted. */
        if (found < 0)
                host = strdup(use->path);
        else if (found == 0 && asprintf(&host, "%s/root%s", str_empty(zonepath), use->path) < 0)
                host = NULL;
        if (!host)
                return -ENOMEM;
        return add(
            r, use->kind == USE_PCI ? key_of_pci(r->root, use->path) : key_of_name(r->root, host), use->path,
            use->where,
            (struct claim){.host = host, .read_only = use->read_only, .is_device = use->kind != USE_DISK});
}

/* What one zone alone can have. */
static bool is_claim(const struct machine_use *use)
{
        return use->kind == USE_DISK || use->kind == USE_LINE || use->kind == USE_PCI;
}

/* What says the UUID of the machine, in the order of its builder. */
static const char *uuid_place(const struct config *cfg)
{
        if (*str_empty(config_attr(cfg, "uuid")))
                return "attr uuid";
        if (*str_empty(config_global(cfg, "uuid")))
                return "uuid";
        return machine_smbios_uuid(cfg) ? "smbios field uuid" : NULL;
}

/* One that the builder made, for a zone that has none yet, is nobody else's. */
static int add_uuid(struct reader *r, const struct machine *m, const char *uuid)
{
        const char *where = uuid_place(r->cfg);
        struct claim flags = {.is_uuid = true, .made = !where};
        char *key;

        if (!where && !*uuid)
                return 0;
        if (asprintf(&key, "uuid:%s", m->uuid) < 0)
                key = NULL;
        for (char *p = key; p && *p; p++)
                *p = (char)tolower((unsigned char)*p);
        return add(r, key, m->uuid, where ? where : "the zone's own", flags);
}

static int add_machine(struct reader *r, const char *uuid)
{
        _cleanup_machine_ struct machine *m = NULL;
        struct problems problems = {0};
        struct machine_use *uses = NULL;
        struct error err = {0};
        size_t n = 0;
        int result = machine_from_config(r->root, r->cfg, uuid, &m, &problems, &err);

        problems_clear(&problems);
        if (result < 0)
                return result == -ENOMEM ? result : 0;
        result = add_uuid(r, m, uuid);
        if (result == 0)
                result = machine_uses(m, &uses, &n);
        for (size_t i = 0; i < n && result == 0; i++)
                result = is_claim(&uses[i]) ? add_use(r, &uses[i]) : 0;
        machine_uses_free(uses, n);
        return result;
}

static bool is_claimed(const struct claims *claims, size_t n, const char *key)
{
        for (size_t i = 0; i < n; i++)
                if (!claims->v[i].is_mac && strcmp(claims->v[i].key, key) == 0)
                        return true;
        return false;
}

static bool has_wildcard(const char *text)
{
        return strpbrk(text, "*?[") != NULL;
}

/* What the zone is given; what the machine uses of it has been claimed by the one who says so. */
static int add_given(struct reader *r, const struct resource *res, const char *prop, size_t n_uses)
{
        const char *text = resource_get(res, prop);
        char where[CONFIG_PATH_MAX + 16];
        struct claim flags = {.unused = true};
        char *key;

        if (!text)
                return 0;
        snprintf(where, sizeof(where), "%s %s", res->def->name, text);
        if (has_wildcard(text)) {
                flags.is_pattern = true;
                if (asprintf(&key, "pattern:%s", text) < 0)
                        key = NULL;
                return add(r, key, text, where, flags);
        }
        key = is_pci(text) ? key_of_pci(r->root, text) : key_of_name(r->root, text);
        if (key && is_claimed(&r->claims, n_uses, key)) {
                free(key);
                return 0;
        }
        return add(r, key, text, where, flags);
}

static int add_resources(struct reader *r)
{
        static const struct {
                const char *resource, *property;
        } given[] = {{"device", "match"}, {"disk", "path"}, {"pci", "match"}};
        size_t n_uses = r->claims.n;
        int result = 0;

        for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
                const struct resource *res = NULL;

                while (result == 0 && (res = config_next(r->cfg, given[i].resource, res)))
                        result = add_given(r, res, given[i].property, n_uses);
        }
        return result;
}

static int add_mac(struct reader *r, const struct resource *net, const char *uuid, size_t at)
{
        const char *mac = resource_get(net, "mac-addr"), *virtual = resource_get(net, "virtual");
        struct claim flags = {.is_mac = true, .made = !mac};
        char where[128], text[18], *key;
        unsigned char b[6];

        if (mac && check_mac(mac, b) < 0)
                return 0;
        if (mac)
                snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
                         b[5]);
        else if (*uuid)
                net_stable_mac(uuid, at, text);
        else
                return 0;
        snprintf(where, sizeof(where), "net %.100s", virtual ? virtual : resource_get(net, "physical"));
        if (asprintf(&key, "mac:%s", text) < 0)
                key = NULL;
        return add(r, key, text, where, flags);
}

/* In the order and with the positions that net_links() has. */
static int add_links(struct reader *r, const char *uuid)
{
        const struct resource *net = NULL;
        size_t at = 0;
        int result = 0;

        while (result == 0 && (net = config_next(r->cfg, "net", net)))
                if (resource_get(net, "physical"))
                        result = add_mac(r, net, uuid, at++);
        return result;
}

struct placed {
        struct claim claim;
        size_t at;
};

static int by_key(const void *a, const void *b)
{
        const struct placed *x = a, *y = b;
        int r = strcmp(x->claim.key, y->claim.key);

        return r ? r : x->at < y->at ? -1 : x->at > y->at;
}

static int sort(struct claims *claims)
{
        _cleanup_free_ struct placed *placed = calloc(claims->n + 1, sizeof(*placed));

        if (!placed)
                return -ENOMEM;
        for (size_t i = 0; i < claims->n; i++)
                placed[i] = (struct placed){claims->v[i], i};
        qsort(placed, claims->n, sizeof(*placed), by_key);
        for (size_t i = 0; i < claims->n; i++)
                claims->v[i] = placed[i].claim;
        return 0;
}

int claims_read(const struct root *root, const struct config *cfg, const char *uuid, struct claims *ret)
{
        struct reader r = {.root = root, .cfg = cfg};
        int result = add_machine(&r, uuid);

        if (result == 0)
                result = add_resources(&r);
        if (result == 0)
                result = add_links(&r, uuid);
        if (result == 0)
                result = sort(&r.claims);
        if (result < 0) {
                claims_free(&r.claims);
                return result;
        }
        *ret = r.claims;
        return 0;
}
