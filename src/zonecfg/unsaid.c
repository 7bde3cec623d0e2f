/* Keeping what a script cannot say; see unsaid.h. */
#include "zonecfg/unsaid.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "config/edit.h"
#include "config/rules.h"

/* The two configurations, and which of their resources have found their counterpart. */
struct pairing {
        struct config *cfg, *old;
        bool *new_done, *old_done;
        const struct resource *unclear; /* what of it belongs where cannot be told */
        int r;
};

static void swap_extra(struct xml_extra **a, struct xml_extra **b)
{
        struct xml_extra *kept = *a;

        *a = *b;
        *b = kept;
}

static void pair(struct pairing *p, size_t from, size_t to)
{
        int r = resource_swap_kept(p->cfg->res[to], p->old->res[from]);

        if (r < 0 && p->r == 0) {
                p->r = r;
                p->unclear = r == -EINVAL ? p->old->res[from] : NULL;
        }
        p->old_done[from] = p->new_done[to] = true;
}

static void pair_by_key(struct pairing *p)
{
        for (size_t i = 0; i < p->old->n_res; i++)
                for (size_t j = 0; j < p->cfg->n_res && !p->old_done[i]; j++)
                        if (!p->new_done[j] && rules_same_key(p->old->res[i], p->cfg->res[j]))
                                pair(p, i, j);
}

/* The next resource of the type from pos on that has no counterpart; n_res if there is none. */
static size_t next_left(const struct config *cfg, const bool *done, const struct resource_def *def,
                        size_t pos)
{
        while (pos < cfg->n_res && (done[pos] || cfg->res[pos]->def != def))
                pos++;
        return pos;
}

static size_t count_left(const struct config *cfg, const bool *done, const struct resource_def *def)
{
        size_t n = 0;

        for (size_t i = next_left(cfg, done, def, 0); i < cfg->n_res; i = next_left(cfg, done, def, i + 1))
                n++;
        return n;
}

/* Those of one type that are left, the first to the first: their keys were changed. */
static void pair_by_place(struct pairing *p, const struct resource_def *def)
{
        size_t from = next_left(p->old, p->old_done, def, 0), to = next_left(p->cfg, p->new_done, def, 0);

        while (from < p->old->n_res && to < p->cfg->n_res) {
                pair(p, from, to);
                from = next_left(p->old, p->old_done, def, from + 1);
                to = next_left(p->cfg, p->new_done, def, to + 1);
        }
}

static bool has_unsaid(const struct config *cfg)
{
        for (size_t i = 0; i < cfg->n_res; i++)
                if (cfg->res[i]->extra)
                        return true;
        return false;
}

int unsaid_keep(struct config *cfg, struct config *old, const struct resource **ret_unclear)
{
        _cleanup_free_ bool *new_done = calloc(cfg->n_res + 1, sizeof(bool));
        _cleanup_free_ bool *old_done = calloc(old->n_res + 1, sizeof(bool));
        struct pairing p = {.cfg = cfg, .old = old, .new_done = new_done, .old_done = old_done};

        if (!new_done || !old_done)
                return -ENOMEM;
        swap_extra(&cfg->extra, &old->extra);
        swap_extra(&cfg->global->extra, &old->global->extra);
        if (!has_unsaid(old))
                return 0;
        pair_by_key(&p);
        for (size_t i = 0; i < old->n_res; i++) {
                const struct resource_def *def = old->res[i]->def;
                size_t left;

                if (old_done[i] || !old->res[i]->extra)
                        continue;
                left = count_left(cfg, new_done, def);
                if (left > 0 && left != count_left(old, old_done, def)) {
                        *ret_unclear = old->res[i];
                        return -EINVAL;
                }
                pair_by_place(&p, def);
        }
        *ret_unclear = p.unclear;
        return p.r;
}
