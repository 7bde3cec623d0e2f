/*
 * The lock of a zone, /run/zones/NAME.zoneadm.lock: install, uninstall and mark change what is on disk and
 * exclude each other with it.  Whoever holds it writes its process id and verb into it, for the message that
 * the other one prints.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "zoneadm/zoneadm.h"

#define LOCK_WAIT_MS 5000
#define HOLDER_MAX   64

/* A program that is started by the holder (a hook) sees this and must not wait for the lock. */
#define LOCK_HELD_ENV "_ZONEADM_LOCK_HELD"

static void complain_busy(const struct zoneadm *za, int run_fd, const char *name)
{
        _cleanup_free_ char *text = NULL;
        char verb[32];
        int pid;

        if (fs_read_at(run_fd, name, HOLDER_MAX, &text, NULL) == 0 &&
            sscanf(text, "%d %31s", &pid, verb) == 2 && str_printable(verb) && kill(pid, 0) == 0)
                complain(za, "zone is busy: 'zoneadm %s' is at work on it (process ID %d)", verb, pid);
        else
                complain(za, "zone is busy: another zoneadm or its zoneadmd is at work on it");
}

int lock_out_daemon(const struct zoneadm *za, int *ret_lock)
{
        struct error err = {0};
        _cleanup_close_ int run_fd = root_make_dir(&za->root, ZONES_RUN, 0700, &err);
        char name[NAME_MAX + 1];

        if (run_fd < 0) {
                complain(za, "%s", err.text);
                return ZA_ERROR;
        }
        snprintf(name, sizeof(name), "%s.zoneadmd.lock", za->zone);
        *ret_lock = fs_lock_at(run_fd, name, LOCK_WAIT_MS);
        if (*ret_lock < 0) {
                complain(za, "zone is busy: its zoneadmd does not go away");
                return ZA_ERROR;
        }
        return ZA_OK;
}

static int take_lock(const struct zoneadm *za, const char *verb)
{
        struct error err = {0};
        _cleanup_close_ int run_fd = root_make_dir(&za->root, ZONES_RUN, 0700, &err);
        char name[NAME_MAX + 1], holder[HOLDER_MAX];
        int fd, n;

        if (run_fd < 0) {
                complain(za, "%s", err.text);
                return run_fd;
        }
        snprintf(name, sizeof(name), "%s.zoneadm.lock", za->zone);
        fd = fs_lock_at(run_fd, name, LOCK_WAIT_MS);
        if (fd == -EBUSY) {
                complain_busy(za, run_fd, name);
                return fd;
        }
        if (fd < 0) {
                error_errno(&err, fd, "%s%s/%s", za->root.path, ZONES_RUN, name);
                complain(za, "%s", err.text);
                return fd;
        }
        n = snprintf(holder, sizeof(holder), "%d %s\n", (int)getpid(), verb);
        /* Only for a message, so a full file system does not matter here. */
        if (ftruncate(fd, 0) == 0)
                fs_write_all(fd, holder, (size_t)n);
        /*
         * Hooks inherit the descriptor and with it the lock: when this program is killed, the next one waits
         * until the hook that it left behind has ended.
         */
        if (fcntl(fd, F_SETFD, 0) < 0) {
                close(fd);
                return -errno;
        }
        return fd;
}

int lock_and_check(struct zoneadm *za, const char *verb, int *ret_lock)
{
        const char *held = getenv(LOCK_HELD_ENV);
        _cleanup_close_ int fd = -1;
        int status;

        if (!held || strcmp(held, "1") != 0) {
                fd = take_lock(za, verb);
                if (fd < 0)
                        return ZA_ERROR;
                if (setenv(LOCK_HELD_ENV, "1", 1) < 0)
                        return ZA_ERROR;
        }
        status = target_refresh(za);
        if (status == ZA_OK)
                status = checks_run(za, verb_find(verb), true);
        *ret_lock = TAKE_FD(fd);
        return status;
}
