/* The verify_cfg hook: says everything that is wrong with the hardware that a configuration describes, and
 * what of it will have no effect. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "brand/brand.h"
#include "machine/machine.h"

#define USAGE "usage: verify_cfg xmlfile\n"

/*
 * What bhyve would take and this engine cannot be (-ENOTSUP): a configuration for another host may be written
 * here all the same, so zonecfg only tells, and zoneadm verify (_ZONE_STRICT) refuses.  What is no value at
 * all is one nowhere.
 */
static int check_engine(const struct machine *m, struct error *err)
{
        struct problems notices = {0};
        int r = machine_check_engine(m, &notices, err);

        for (size_t i = 0; i < notices.n; i++)
                fprintf(stderr, "NOTICE: %s\n", notices.text[i]);
        problems_clear(&notices);
        if (r != -ENOTSUP || getenv("_ZONE_STRICT"))
                return r;
        fprintf(stderr, "NOTICE: such a machine cannot boot on this host: %s\n", err->text);
        return 0;
}

int main(int argc, char **argv)
{
        struct root root;
        struct error err = {0};
        struct problems problems = {0};
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_machine_ struct machine *m = NULL;
        int r;

        if (help_asked(argc, argv, USAGE))
                return EXIT_SUCCESS;
        if (argc != 2) {
                fputs(USAGE, stderr);
                return BRAND_EXIT_USAGE;
        }
        r = root_from_env(&root, &err);
        if (r == 0)
                r = config_load_file(argv[1], &cfg, &err);
        if (r == 0)
                r = machine_from_config(&root, cfg, NULL, &m, &problems, &err);
        if (r == 0 && problems.n == 0)
                r = machine_check_arguments(m, &err);
        if (r == 0 && problems.n == 0)
                r = check_engine(m, &err);
        for (size_t i = 0; i < problems.n; i++)
                fprintf(stderr, "%s\n", problems.text[i]);
        if (r < 0)
                fprintf(stderr, "%s\n", err.text);
        r = r < 0 || problems.n > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        problems_clear(&problems);
        return r;
}
