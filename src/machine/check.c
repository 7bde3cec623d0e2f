/* Whether the front end takes the arguments of a machine; see machine.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"
#include "machine/builder.h"
#include "machine/machine.h"
#include "machine/overridden.h"
#include "machine/uses.h"

static bool same(const struct machine_use *a, const struct machine_use *b)
{
        return (a->kind == USE_PCI) == (b->kind == USE_PCI) &&
               strcmp(disk_identity(a->path), disk_identity(b->path)) == 0;
}

/* A directory can be shared under several names, and of firmware, sockets and links others say who has them.
 */
static bool has_one_user(const struct machine_use *use)
{
        return use->kind == USE_DISK || use->kind == USE_LINE || use->kind == USE_PCI;
}

static bool may_share(const struct machine_use *a, const struct machine_use *b)
{
        return !has_one_user(a) || !has_one_user(b) || (a->read_only && b->read_only);
}

/* The builder has compared the disks that it knows; extra can name one of them again. */
static int check_shared(const struct machine *m, const struct bconf *tree, struct error *err)
{
        struct machine_use *uses = NULL;
        size_t n = 0;
        int r = uses_from_tree(m, tree, &uses, &n, err);

        for (size_t i = 0; i < n && r == 0; i++)
                for (size_t k = i + 1; k < n && r == 0; k++)
                        if (!may_share(&uses[i], &uses[k]) && same(&uses[i], &uses[k]))
                                r = error_set(err, EINVAL, "%s and %s are the same %s, %s", uses[i].where,
                                              uses[k].where, uses[i].kind == USE_DISK ? "disk" : "device",
                                              uses[i].path);
        machine_uses_free(uses, n);
        return r;
}

/* What is said of "pci.0.5.0" concerns the resource or attribute that has its device there, or NULL. */
static const char *whose(const struct machine *m, const char *text)
{
        static const char variable[] = " for boolean variable ";
        const char *name = strstr(text, variable);
        unsigned bus, slot, function;

        text = name ? name + strlen(variable) : text;
        if (sscanf(text, "pci.%u.%u.%u", &bus, &slot, &function) != 3)
                return NULL;
        for (size_t i = 0; i < m->n_device; i++) {
                const struct pci_addr *at = &m->device[i].addr;

                if (at->bus == bus && at->slot == slot && at->function == function)
                        return m->device[i].where;
        }
        return NULL;
}

static int blame(const struct machine *m, int r, struct error *err)
{
        const char *where = r < 0 && err ? whose(m, err->text) : NULL;

        return where ? error_prefix(err, "%s", where) : r;
}

int machine_parse(const struct machine *m, struct bconf **ret, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *tree = bconf_new();
        struct error why = {0};
        struct strv args = {0};
        int r;

        strv_add(&args, "bhyve");
        r = tree ? machine_to_zhyve(m, &args, err) : error_nomem(err);
        /* What is wrong with them would be said of the name of the zone, which comes behind them. */
        if (r == 0 && !m->kvm && bhyve_only_options(&m->extra, &why) < 0)
                r = error_set(err, EINVAL, "Could not parse configuration: attr extra: %s", why.text);
        if (r == 0 && bhyve_parse((int)args.n, args.v, tree, &why) != 0)
                r = error_set(err, EINVAL, "Could not parse configuration: %s",
                              why.text[0] ? why.text : "extra asks for help");
        if (r == 0 && kvm_check(tree, &why) < 0)
                r = error_set(err, EINVAL, "Could not parse configuration: %s", why.text);
        strv_free(&args);
        if (r == 0)
                r = blame(m, check_shared(m, tree, err), err);
        if (r == 0)
                r = overridden_check(m, tree, err);
        if (r == 0) {
                *ret = tree;
                tree = NULL;
        }
        return r;
}

int machine_check_arguments(const struct machine *m, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *tree = NULL;

        return machine_parse(m, &tree, err);
}

static int add_notice(const struct machine *m, struct problems *notices, const char *text)
{
        const char *where = whose(m, text);

        return where ? problems_add(notices, "%s: %s", where, text) : problems_add(notices, "%s", text);
}

int machine_check_engine(const struct machine *m, struct problems *notices, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *tree = NULL;
        _cleanup_(problems_clear) struct problems said = {0};
        struct error own = {0}, *why = err ? err : &own;
        int r = machine_parse(m, &tree, why);

        for (size_t i = 0; notices && i < m->doubtful.n; i++)
                problems_add(notices, "%s", m->doubtful.v[i]);
        if (r < 0)
                return r;
        r = bhyve_check(tree, notices ? &said : NULL, why);
        for (size_t i = 0; i < said.n; i++)
                add_notice(m, notices, said.text[i]);
        return blame(m, r, why);
}
