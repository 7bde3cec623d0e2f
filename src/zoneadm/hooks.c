/* The brand's hooks as zoneadm runs them: with the zone's name and path, on the user's terminal. */
#include <stdio.h>

#include "zoneadm/zoneadm.h"

int hook_run(const struct zoneadm *za, const struct brand *brand, enum brand_text hook, const char *zonepath,
             const char *const *args)
{
        const struct brand_run run = {
            .zone = za->zone,
            .zonepath = zonepath,
            .args = args,
            .timeout_ms = -1,
        };
        struct error err = {0};
        int r;

        /* The hook writes to the same place, and after what was said so far. */
        fflush(stdout);
        r = brand_run_hook(&za->root, brand, hook, &run, &err);
        if (r < 0)
                complain(za, "%s", err.text);
        return r < 0 ? BRAND_EXIT_FATAL : r;
}

int brand_permits(const struct zoneadm *za, const struct brand *brand, char *argv[])
{
        if (!brand->text[BRAND_VERIFY_ADM] ||
            hook_run(za, brand, BRAND_VERIFY_ADM, za->entry.path, (const char *const *)argv) == BRAND_OK)
                return ZA_OK;
        complain(za, "the brand does not permit %s", argv[0]);
        return ZA_ERROR;
}
