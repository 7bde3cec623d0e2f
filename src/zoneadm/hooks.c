/* The brand's hooks as zoneadm runs them: with the zone's name and path, on the user's terminal. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"

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

/* The brand's lines, each a finding; those of a hook that is content, and its notices, are only passed on. */
static int take_output(const struct zoneadm *za, char *output, bool failed, struct problems *problems,
                       bool *ret_found)
{
        char *line, *rest = output;

        while ((line = strsep(&rest, "\n"))) {
                if (*line == '\0')
                        continue;
                if (!failed || str_starts(line, "NOTICE: ")) {
                        complain(za, "%s", line);
                        continue;
                }
                *ret_found = true;
                if (problems_add(problems, "%s", line) < 0)
                        return -ENOMEM;
        }
        return 0;
}

int verify_brand(const struct zoneadm *za, const struct brand *brand, struct problems *problems)
{
        _cleanup_free_ char *output = NULL;
        _cleanup_close_ int fd = -1;
        char path[PATH_MAX];
        int number = 0, r;
        const char *args[] = {path, NULL}, *env[] = {"_ZONE_STRICT=1", NULL};
        const struct brand_run run = {.zone = za->zone,
                                      .zonepath = za->entry.path,
                                      .args = args,
                                      .env = env,
                                      .ret_output = &output,
                                      .ret_signal = &number,
                                      .timeout_ms = 30000};
        struct error err = {0};
        bool found = false;

        if (!brand->text[BRAND_VERIFY_CFG])
                return 0;
        if (snprintf(path, sizeof(path), "%s" ZONES_ETC "/%s.xml", za->root.path, za->zone) >=
            (int)sizeof(path))
                return -ENAMETOOLONG;
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return problems_add(problems, "%s: %s", path, strerror(errno));
        /* The name goes into a command line as it is, and the root's may have blanks. */
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
        r = brand_run_hook(&za->root, brand, BRAND_VERIFY_CFG, &run, &err);
        if (r < 0)
                return problems_add(problems, "%s", err.text);
        if (take_output(za, output, r > 0, problems, &found) < 0)
                return -ENOMEM;
        if (r == 0 || (found && !number))
                return 0;
        brand_hook_failed(&err, "verify_cfg", r, number);
        return problems_add(problems, "Brand-specific error (%s)", err.text);
}
