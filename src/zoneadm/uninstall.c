/*
 * zoneadm uninstall.  It works on what an interrupted install or uninstall left behind, and every step may be
 * done again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zoneadm/zoneadm.h"

/* Returns -1 to go on, else an exit code. */
static int confirm(const struct zoneadm *za)
{
        char answer[16];

        if (!isatty(STDIN_FILENO)) {
                complain(za, "Input not from terminal and -F not specified: uninstall not done.");
                return ZA_ERROR;
        }
        printf("Are you sure you want to uninstall zone %s (y/[n])? ", za->zone);
        fflush(stdout);
        if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
                return ZA_OK;
        return -1;
}

static int remove_files(const struct zoneadm *za, const struct brand *brand, const char *const *args)
{
        struct error err = {0};

        if (brand->text[BRAND_UNINSTALL]) {
                int r = hook_run(za, brand, BRAND_UNINSTALL, za->entry.path, args);

                if (r != BRAND_OK)
                        complain(za, "the brand's uninstall failed; the zone is incomplete.");
                if (r == BRAND_EXIT_USAGE)
                        usage_error("uninstall");
                return r == 0 ? ZA_OK : ZA_ERROR;
        }
        if (remove_installation(za, za->entry.path, &err) < 0) {
                complain(za, "%s", err.text);
                return ZA_ERROR;
        }
        return ZA_OK;
}

static int uninstall(struct zoneadm *za, const struct brand *brand, const char *const *args)
{
        if (remove_check_mounts(za, za->entry.path) < 0)
                return ZA_ERROR;
        if (brand->text[BRAND_PREUNINSTALL] &&
            hook_run(za, brand, BRAND_PREUNINSTALL, za->entry.path, args) != 0) {
                complain(za, "the brand's preuninstall refused; nothing was changed.");
                return ZA_ERROR;
        }
        if (target_set_state(za, ZONE_INCOMPLETE) != ZA_OK)
                return ZA_ERROR;
        if (remove_files(za, brand, args) != ZA_OK)
                return ZA_ERROR;
        return target_set_state(za, ZONE_CONFIGURED);
}

static int uninstall_loaded(struct zoneadm *za, char *argv[], const char *const *args)
{
        _cleanup_config_ struct config *cfg = NULL;
        __attribute__((cleanup(brand_freep))) struct brand *brand = NULL;
        int status = target_load(za, &cfg, &brand);

        if (status == ZA_OK)
                status = brand_permits(za, brand, argv);
        return status == ZA_OK ? uninstall(za, brand, args) : status;
}

/* A zoneadmd that waits for a console client has to leave, and none may come and boot the zone meanwhile. */
static int uninstall_locked(struct zoneadm *za, char *argv[], const char *const *args)
{
        _cleanup_close_ int lock = -1, daemon_lock = -1;
        int status = lock_and_check(za, "uninstall", &lock);

        if (status == ZA_OK)
                status = daemon_dismiss(za);
        if (status == ZA_OK)
                status = lock_out_daemon(za, &daemon_lock);
        /* A boot may have been quicker. */
        if (status == ZA_OK)
                status = target_refresh(za);
        if (status == ZA_OK)
                status = checks_run(za, verb_find("uninstall"), true);
        return status == ZA_OK ? uninstall_loaded(za, argv, args) : status;
}

int verb_uninstall(struct zoneadm *za, int argc, char *argv[])
{
        __attribute__((cleanup(strv_free))) struct strv args = {0};
        bool force = false;
        int status;

        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "-?") == 0)
                        return usage_wanted("uninstall");
                if (strcmp(argv[i], "-F") == 0)
                        force = true;
                else
                        strv_add(&args, argv[i]);
        }
        if (args.failed)
                return ZA_ERROR;
        status = force ? -1 : confirm(za);
        return status < 0 ? uninstall_locked(za, argv, (const char *const *)args.v) : status;
}
