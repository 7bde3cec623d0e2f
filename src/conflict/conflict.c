/* Compares the claims of one zone with those of all others; see conflict.h. */
#include "conflict/conflict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/index.h"
#include "conflict/claims.h"
#include "volume/given.h"
#include "volume/volume.h"

struct comparison {
        const struct root *root;
        const struct claims *mine;
        bool mine_has_pattern;
        struct problems *problems, *warnings;
};

/* The name of a volume without its directory, any other name as it is. */
static const char *plain(const char *text)
{
        const char *volume = volume_name(text);

        return volume ? volume : text;
}

/* Only what a machine uses can be in the way of another. */
static bool is_use(const struct claim *c)
{
        return !c->is_pattern && !c->unused;
}

/*
 * A device resource that gives a zone what another has does no harm before a machine uses it, and one with
 * wildcards is meant to give too much; but it may be a slip.  Both spellings are in the places.
 */
static int add_given(struct problems *warnings, const struct claim *mine, const char *zone,
                     const struct claim *other)
{
        if (is_use(other))
                return problems_add(warnings, "WARNING: %s: gives the zone %s too, which zone %s uses (%s)",
                                    mine->where, other->host, zone, other->where);
        return problems_add(warnings, "WARNING: %s: %s is given to zone %s too (%s)", mine->where, mine->text,
                            zone, other->where);
}

/* The place of the other, with its own spelling of the name where that differs. */
static int add_shared(struct problems *problems, const struct claim *mine, const char *zone,
                      const struct claim *other)
{
        bool same = strcmp(mine->text, other->text) == 0 || strstr(other->where, other->text);
        const char *spelling = same ? "" : other->text, *equal = same ? "" : " ";

        if (mine->is_uuid)
                return problems_add(
                    problems, "%s: the UUID %s is that of zone %s too (%s); give one of the two another%s",
                    mine->where, mine->text, zone, other->where,
                    mine->made ? "" : ", or none to have its own");
        if (mine->is_mac && mine->made)
                return problems_add(problems,
                                    "%s: the address %s, made from the UUID of the zone, is that of zone %s "
                                    "too (%s); set mac-addr on one of the two",
                                    mine->where, mine->text, zone, other->where);
        if (mine->is_mac)
                return problems_add(problems,
                                    "%s: mac-addr %s is that of zone %s too (%s); change one of the two, or "
                                    "clear mac-addr to have one made",
                                    mine->where, mine->text, zone, other->where);
        if (mine->read_only != other->read_only)
                return problems_add(problems,
                                    "%s: %s is used by zone %s too (%s%s%s), and one of them may write to "
                                    "it; make both read-only (cdrom, or option ro), or give each its own",
                                    mine->where, mine->text, zone, other->where, equal, spelling);
        return problems_add(problems, "%s: %s is used by zone %s too (%s%s%s); give each zone its own",
                            mine->where, mine->text, zone, other->where, equal, spelling);
}

static int to_key(const void *key, const void *claim)
{
        return strcmp(key, ((const struct claim *)claim)->key);
}

/* The first of those with this key, or NULL. */
static const struct claim *find(const struct claims *claims, const char *key)
{
        const struct claim *c = claims->n ? bsearch(key, claims->v, claims->n, sizeof(*c), to_key) : NULL;

        while (c && c > claims->v && strcmp(c[-1].key, key) == 0)
                c--;
        return c;
}

static bool may_share(const struct claim *a, const struct claim *b)
{
        return !a->is_mac && a->read_only && b->read_only;
}

static int compare_exact(const struct comparison *c, const char *zone, const struct claims *others)
{
        const struct claims *mine = c->mine;
        int r = 0;

        for (size_t i = 0; i < others->n && r == 0; i++) {
                const struct claim *b = &others->v[i], *a = find(mine, b->key);

                for (; a && a < mine->v + mine->n && strcmp(a->key, b->key) == 0 && r == 0; a++)
                        if (is_use(a) && is_use(b))
                                r = may_share(a, b) ? 0 : add_shared(c->problems, a, zone, b);
                        else if (!a->is_pattern && !a->read_only && !b->read_only)
                                r = add_given(c->warnings, a, zone, b);
        }
        return r;
}

static bool pattern_matches(const struct claim *pattern, const struct claim *c)
{
        return pattern->is_pattern && is_use(c) && !c->is_mac && !c->is_uuid && !c->read_only &&
               volume_match(pattern->text, c->host);
}

/* A device resource with wildcards gives all that it matches. */
static int compare_patterns(const struct comparison *c, const char *zone, const struct claims *others)
{
        int r = 0;

        for (size_t i = 0; i < c->mine->n; i++)
                for (size_t k = 0; k < others->n && r == 0; k++) {
                        const struct claim *a = &c->mine->v[i], *b = &others->v[k];

                        /* One that its own zone uses as well has been found by its key. */
                        if ((pattern_matches(a, b) && !find(c->mine, b->key)) ||
                            (pattern_matches(b, a) && !find(others, a->key)))
                                r = add_given(c->warnings, a, zone, b);
                }
        return r;
}

static bool has_pattern(const struct claims *claims)
{
        for (size_t i = 0; i < claims->n; i++)
                if (claims->v[i].is_pattern)
                        return true;
        return false;
}

/*
 * Two names for one thing in the same zone.  Where the names are the same as well, the configuration's own
 * checks have said so already, or the brand's, which know what extra names.
 */
static int compare_within(const struct claims *mine, struct problems *problems)
{
        int r = 0;

        for (size_t i = 1; i < mine->n && r == 0; i++) {
                const struct claim *a = &mine->v[i - 1], *b = &mine->v[i];
                bool said = strcmp(plain(a->text), plain(b->text)) == 0 && (!a->is_mac || !a->made);

                if (strcmp(a->key, b->key) != 0 || may_share(a, b) || said || !is_use(a) || !is_use(b) ||
                    (a->is_mac && a->made == b->made))
                        continue;
                if (a->is_mac)
                        r = problems_add(problems, "%s and %s have the same address, %s", a->where, b->where,
                                         a->text);
                else
                        r = problems_add(problems, "%s and %s are the same %s, %s", a->where, b->where,
                                         a->is_device ? "device" : "disk", a->text);
        }
        return r;
}

static int compare_zone(const struct comparison *c, const struct index_entry *zone)
{
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_(claims_free) struct claims others = {0};
        struct error err = {0};
        int r = config_load(c->root, zone->name, &cfg, &err);

        if (r < 0 && r != -ENOMEM)
                return problems_add(c->warnings, "WARNING: zone %s was not compared: %s", zone->name,
                                    err.text);
        if (r == 0)
                r = claims_read(c->root, cfg, zone->uuid, &others);
        if (r == 0)
                r = compare_exact(c, zone->name, &others);
        if (r == 0 && (c->mine_has_pattern || has_pattern(&others)))
                r = compare_patterns(c, zone->name, &others);
        return r;
}

static bool is_self(const char *const *self, const char *name)
{
        for (; *self; self++)
                if (strcmp(*self, name) == 0)
                        return true;
        return false;
}

static int compare_all(const struct comparison *c, const char *const *self, struct error *err)
{
        struct index index = {0};
        int r = index_load(c->root, &index, err);

        for (size_t i = 0; i < index.n && r == 0; i++)
                if (!is_self(self, index.entry[i].name))
                        r = compare_zone(c, &index.entry[i]);
        index_free(&index);
        return r;
}

int conflict_find(const struct root *root, const struct config *cfg, const char *uuid,
                  const char *const *self, struct problems *problems, struct problems *warnings,
                  struct error *err)
{
        _cleanup_(claims_free) struct claims mine = {0};
        struct comparison c = {root, &mine, false, problems, warnings};
        int r = claims_read(root, cfg, str_empty(uuid), &mine);

        if (r == 0)
                r = compare_within(&mine, problems);
        c.mine_has_pattern = has_pattern(&mine);
        /* Who claims nothing can be in nobody's way. */
        if (r == 0 && mine.n > 0)
                r = compare_all(&c, self, err);
        return r == -ENOMEM ? error_nomem(err) : r;
}
