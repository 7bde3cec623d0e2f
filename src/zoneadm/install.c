/*
 * zoneadm install.  The zone is incomplete from the first change on the disk until the brand's hook has
 * finished, so that an install that is killed leaves a zone that uninstall can take away.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "zoneadm/zoneadm.h"

/* The zonepath is private to root; its parents are ordinary directories. */
static int make_zonepath(const struct zoneadm *za, const char *zonepath)
{
        char path[PATH_MAX], *slash;
        int r = root_path(&za->root, zonepath, path, sizeof(path));

        if (r == 0) {
                slash = strrchr(path, '/');
                *slash = '\0';
                r = path[0] ? fs_mkdir_p(path, 0755) : 0;
                *slash = '/';
        }
        if (r == 0 && mkdir(path, 0700) < 0 && errno != EEXIST)
                r = -errno;
        if (r < 0) {
                complain(za, "cannot make zonepath %s: %s", zonepath, strerror(-r));
                return ZA_ERROR;
        }
        return ZA_OK;
}

/* Back to configured, as if nothing had been asked; what cannot be removed keeps the zone incomplete. */
static void undo(const struct zoneadm *za, const char *zonepath)
{
        struct error err = {0};

        if (remove_installation(za, zonepath, &err) < 0)
                complain(za, "%s", err.text);
        else
                target_set_state(za, ZONE_CONFIGURED);
}

static int install(const struct zoneadm *za, const struct brand *brand, const char *zonepath,
                   const char *const *args)
{
        int result;

        if (make_zonepath(za, zonepath) != ZA_OK || target_set_state(za, ZONE_INCOMPLETE) != ZA_OK)
                return ZA_ERROR;
        if (!brand->text[BRAND_INSTALL]) {
                complain(za, "brand %s has no install hook", brand->name);
                undo(za, zonepath);
                return ZA_ERROR;
        }
        result = hook_run(za, brand, BRAND_INSTALL, zonepath, args);
        if (result == BRAND_EXIT_USAGE || result == BRAND_EXIT_INCOMPLETE) {
                if (result == BRAND_EXIT_USAGE)
                        usage_error("install");
                undo(za, zonepath);
                return ZA_ERROR;
        }
        if (result != BRAND_OK) {
                complain(za, "install failed: the zone is incomplete until it is uninstalled.");
                return ZA_ERROR;
        }
        if (target_set_state(za, ZONE_INSTALLED) != ZA_OK)
                return ZA_ERROR;
        if (hook_run(za, brand, BRAND_POSTINSTALL, zonepath, args) != BRAND_OK) {
                complain(za,
                         "the brand's postinstall failed: the zone is incomplete until it is uninstalled.");
                target_set_state(za, ZONE_INCOMPLETE);
                return ZA_ERROR;
        }
        return ZA_OK;
}

int verb_install(struct zoneadm *za, int argc, char *argv[])
{
        _cleanup_config_ struct config *cfg = NULL;
        __attribute__((cleanup(brand_freep))) struct brand *brand = NULL;
        _cleanup_close_ int lock = -1;
        int status;

        if (argc == 2 && strcmp(argv[1], "-?") == 0)
                return usage_wanted("install");
        status = lock_and_check(za, "install", &lock);
        if (status == ZA_OK)
                status = target_load(za, &cfg, &brand);
        if (status == ZA_OK)
                status = brand_permits(za, brand, argv);
        if (status == ZA_OK)
                status = verify_zone(za, brand, cfg, "install", VERIFY_INSTALL);
        if (status == ZA_OK)
                status = install(za, brand, config_global(cfg, "zonepath"), (const char *const *)(argv + 1));
        return status;
}
