/*
 * Templates, the configurations that create starts from: /etc/zones/NAME.xml.  Names of other systems lead
 * to ours: SUNWblank and OMNIblank are SYSblank unless files of those names exist.  A blank zone needs no
 * file.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "zonecfg/verb.h"

#define TEMPLATE_NAME_MAX 128

static int load_named(const struct root *root, const char *name, struct config **ret, struct error *err)
{
        int r = config_load(root, name, ret, err);

        if (r == -ENOENT && strcmp(name, "SYSblank") == 0) {
                *ret = config_new(name);
                return *ret ? 0 : error_nomem(err);
        }
        return r;
}

int template_load(const struct root *root, const char *name, struct config **ret, struct error *err)
{
        char full[TEMPLATE_NAME_MAX];
        const char *base = NULL;
        int r;

        /* create -t bhyve means OMNIbhyve: a template is never called by a lower-case letter. */
        if (snprintf(full, sizeof(full), "%s%s", name[0] >= 'a' && name[0] <= 'z' ? "OMNI" : "", name) >=
            (int)sizeof(full))
                return error_set(err, ENAMETOOLONG, "%s: No such zone configured", name);
        if (!zone_name_valid(full))
                return error_set(err, EINVAL, "%s: Bogus zone name", name);
        r = load_named(root, full, ret, err);
        if (r != -ENOENT)
                return r;
        if (strncmp(full, "SUNW", 4) == 0 || strncmp(full, "OMNI", 4) == 0)
                base = full + 4;
        if (base) {
                char ours[TEMPLATE_NAME_MAX];

                snprintf(ours, sizeof(ours), "SYS%s", base);
                r = load_named(root, ours, ret, err);
        }
        return r == -ENOENT ? error_set(err, ENOENT, "%s: No such zone configured", name) : r;
}
