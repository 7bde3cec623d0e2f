/*
 * The locks of a commit.  NAME.zonecfg.lock keeps two zonecfg apart; a rename takes that of both names.
 * Whatever takes the ground from under a zone (its name, zonepath or brand, or all of it) keeps zoneadm and
 * zoneadmd out as well, and looks at the state of the zone again: it may have been installed or booted since
 * the command was typed.
 */
#include "zonecfg/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "runstate/runstate.h"

#define ZONECFG_WAIT_MS  30000
#define ZONEADMD_WAIT_MS 2000 /* one that nobody uses is about to leave */

static int lock_name(struct session *s, const char *zone, const char *suffix, int timeout_ms,
                     struct error *err)
{
        _cleanup_close_ int run = -1;
        char name[ZONENAME_MAX + 32];
        int fd;

        run = root_make_dir(&s->root, ZONES_RUN, 0700, err);
        if (run < 0)
                return run;
        snprintf(name, sizeof(name), "%s.%s.lock", zone, suffix);
        fd = fs_lock_at(run, name, timeout_ms);
        if (fd == -EBUSY)
                return error_set(err, EBUSY, "another command is at work on this zone");
        return fd < 0 ? error_errno(err, fd, "%s%s/%s", s->root.path, ZONES_RUN, name) : fd;
}

/* Whoever waits for a lock looks whether its file is still there when he gets it (fs_lock_at). */
static void forget_name(struct session *s, const char *zone, const char *suffix)
{
        _cleanup_close_ int run = root_open_dir(&s->root, ZONES_RUN, NULL);
        char name[ZONENAME_MAX + 32];

        snprintf(name, sizeof(name), "%s.%s.lock", zone, suffix);
        if (run >= 0)
                unlinkat(run, name, 0);
}

const char *saved_name(const struct session *s)
{
        return *s->saved ? s->saved : s->zone;
}

int locks_take(struct session *s, struct locks *l, struct error *err)
{
        const char *name[2] = {saved_name(s), s->zone};
        int order = strcmp(name[0], name[1]);

        *l = LOCKS_NONE;
        snprintf(l->zone, sizeof(l->zone), "%s", name[0]);
        l->zonecfg[0] = TAKE_FD(s->lock);
        /* In the order of the names, so that no two commands wait for one another. */
        if (order > 0)
                cleanup_close(&l->zonecfg[0]);
        for (int k = 0; k < 2; k++) {
                int i = order > 0 ? 1 - k : k;

                if (l->zonecfg[i] >= 0 || (i == 1 && order == 0))
                        continue;
                l->zonecfg[i] = lock_name(s, name[i], "zonecfg", ZONECFG_WAIT_MS, err);
                if (l->zonecfg[i] < 0)
                        return l->zonecfg[i];
        }
        return 0;
}

/* A record without a process: a zoneadmd died while it made the platform, which is still there. */
static bool half_booted(const struct session *s)
{
        struct runstate rs;

        return runstate_load(&s->root, saved_name(s), &rs) == 0 && rs.pid == 0;
}

int locks_take_ground(struct session *s, struct locks *l, struct error *err)
{
        l->zoneadm = lock_name(s, l->zone, "zoneadm", 0, err);
        if (l->zoneadm < 0)
                return l->zoneadm;
        l->zoneadmd = lock_name(s, l->zone, "zoneadmd", ZONEADMD_WAIT_MS, err);
        if (l->zoneadmd == -EBUSY)
                return error_set(
                    err, EBUSY,
                    "its zoneadmd is at work: the zone is booting or running, or a console is open");
        if (l->zoneadmd < 0)
                return l->zoneadmd;
        if (half_booted(s))
                return error_set(err, EBUSY, "a boot of it was cut short; boot and halt it, which cleans up");
        return 0;
}

void locks_leave(struct session *s, struct locks *l, bool gone)
{
        if (gone) {
                forget_name(s, l->zone, "zonecfg");
                forget_name(s, l->zone, "zoneadm");
        }
        /* zoneadmd takes its own away when it leaves. */
        if (l->zoneadmd >= 0)
                forget_name(s, l->zone, "zoneadmd");
        cleanup_close(&l->zoneadmd);
        cleanup_close(&l->zoneadm);
        cleanup_close(&l->zonecfg[1]);
        cleanup_close(&l->zonecfg[0]);
}
