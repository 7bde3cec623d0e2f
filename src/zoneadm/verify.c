/*
 * zoneadm verify, and the same checks before install, ready and boot: what the configuration says about
 * itself, then what this host has to say about it.  Everything that is wrong is printed, not only the first.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "conflict/conflict.h"
#include "zoneadm/zoneadm.h"

/* Two parts may find the same fault, and once is enough to read. */
static bool seen_before(const struct problems *problems, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(problems->text[i], problems->text[n]) == 0)
                        return true;
        return false;
}

static int print_problems(const struct zoneadm *za, const struct problems *problems)
{
        for (size_t i = 0; i < problems->n; i++)
                if (!seen_before(problems, i))
                        complain(za, "%s", problems->text[i]);
        if (problems->n == 0)
                return ZA_OK;
        fprintf(stderr, "zoneadm: zone %s failed to verify\n", za->zone);
        return ZA_ERROR;
}

/* Disks and addresses of other zones; those who boot do not wait for all configurations to be read. */
static int verify_others(const struct zoneadm *za, const struct config *cfg, struct problems *problems,
                         struct error *err)
{
        _cleanup_(problems_clear) struct problems warnings = {0};
        const char *const self[] = {za->zone, NULL};
        int r = conflict_find(&za->root, cfg, za->entry.uuid, self, problems, &warnings, err);

        for (size_t i = 0; i < warnings.n; i++)
                fprintf(stderr, "%s\n", warnings.text[i]);
        return r;
}

int verify_zone(const struct zoneadm *za, const struct brand *brand, const struct config *cfg,
                const char *verb, enum verify_purpose purpose)
{
        __attribute__((cleanup(problems_clear))) struct problems problems = {0};
        struct error err = {0};
        int r = config_verify(&za->root, cfg, &problems, &err);

        if (r == 0)
                r = verify_zonepath(za, cfg, verb, purpose, &problems);
        /* A boot says itself what it misses, and of what nothing uses, nothing. */
        if (r == 0 && purpose != VERIFY_START)
                r = verify_resources(za, cfg, &problems);
        if (r == 0)
                r = verify_hardware(za, cfg, &problems);
        if (r == 0 && purpose != VERIFY_START)
                r = verify_others(za, cfg, &problems, &err);
        /* Boot asks the brand anyway, and is not to wait for one process more. */
        if (r == 0 && purpose != VERIFY_START)
                r = verify_brand(za, brand, &problems);
        if (r < 0) {
                complain(za, "%s", err.code ? err.text : strerror(-r));
                return ZA_ERROR;
        }
        return print_problems(za, &problems);
}

int verb_verify(struct zoneadm *za, int argc, char *argv[])
{
        _cleanup_config_ struct config *cfg = NULL;
        __attribute__((cleanup(brand_freep))) struct brand *brand = NULL;
        int status;

        if (argc > 1)
                return strcmp(argv[1], "-?") == 0 ? usage_wanted("verify") : usage_error("verify");
        status = target_load(za, &cfg, &brand);
        if (status == ZA_OK)
                status = brand_permits(za, brand, argv);
        return status == ZA_OK ? verify_zone(za, brand, cfg, "verify", VERIFY_ONLY) : status;
}
