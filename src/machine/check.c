/* Whether the front end takes the arguments of a machine; see machine.h. */
#include <errno.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"
#include "machine/machine.h"

static int parse(const struct machine *m, struct bconf **ret, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *tree = bconf_new();
        struct error why = {0};
        struct strv args = {0};
        int r;

        strv_add(&args, "bhyve");
        r = tree ? machine_to_bhyve(m, &args, err) : error_nomem(err);
        if (r == 0 && bhyve_parse((int)args.n, args.v, tree, &why) != 0)
                r = error_set(err, EINVAL, "Could not parse configuration: %s",
                              why.text[0] ? why.text : "extra asks for help");
        if (r == 0 && kvm_check(tree, &why) < 0)
                r = error_set(err, EINVAL, "Could not parse configuration: %s", why.text);
        strv_free(&args);
        if (r == 0) {
                *ret = tree;
                tree = NULL;
        }
        return r;
}

int machine_check_arguments(const struct machine *m, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *tree = NULL;

        return parse(m, &tree, err);
}

int machine_check_engine(const struct machine *m, struct problems *notices, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *tree = NULL;
        int r = parse(m, &tree, err);

        return r < 0 ? r : bhyve_check(tree, notices, err);
}
