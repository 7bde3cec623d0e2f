/*
 * A new zoneadmd looks at what an earlier one left.  A zone whose hypervisor runs is taken over as it is; a
 * zone that was only ready, half-made or has died since is cleaned up, so that the next command finds it
 * installed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "zoneadmd/daemon.h"

/* What is running was described by the snapshot. */
static int load_snapshot(struct daemon *d, struct error *err)
{
        char path[PATH_MAX];
        const char *zonepath, *brand;
        int r;

        if (snprintf(path, sizeof(path), "%s" ZONES_RUN "/%s.snapshot.xml", d->root.path, d->zone) >=
            (int)sizeof(path))
                return -ENAMETOOLONG;
        r = config_load_file(path, &d->cfg, err);
        if (r < 0)
                return r;
        zonepath = config_global(d->cfg, "zonepath");
        brand = config_global(d->cfg, "brand");
        if (!zonepath || !brand)
                return error_set(err, EINVAL, "%s: no zonepath or brand", path);
        r = root_path(&d->root, zonepath, d->zonepath, sizeof(d->zonepath));
        return r < 0 ? r : brand_load(&d->root, brand, &d->brand, err);
}

static int take_over(struct daemon *d, int pidfd, struct error *err)
{
        int r = jail_adopt(d->jail_name, d->record.pid, pidfd, d->record.uid, &d->jail);

        if (r < 0)
                return error_errno(err, r, "taking over the running zone");
        d->state = d->record.state;
        snprintf(d->aux, sizeof(d->aux), "%s", d->record.aux);
        /* The shutdown that somebody asked the earlier daemon for has nobody waiting any more. */
        if (d->state == ZONE_SHUTTING_DOWN)
                d->state = ZONE_RUNNING;
        r = engine_watch(d, err);
        if (r < 0)
                return r;
        zone_tpm_adopt(d);
        snprintf(d->acceleration, sizeof(d->acceleration), "unknown");
        r = engine_reconnect(d, err);
        if (r < 0)
                zone_log(d, "zone found running, but: %s", err->text);
        else
                zone_log(d, "zone found running; the zoneadmd before this one was killed");
        return 0;
}

int recover(struct daemon *d, struct error *err)
{
        struct error ignored = {0};
        int pidfd = -1, r;

        r = runstate_load(&d->root, d->zone, &d->record);
        if (r == -ENOENT && access("/proc/self", F_OK) == 0) {
                /* Nothing, or a record of an earlier boot of the host: then nothing else of it is left. */
                runstate_remove(&d->root, d->zone);
                d->record = (struct runstate){0};
                return 0;
        }
        load_snapshot(d, &ignored);
        if (r == 0 && d->record.state != ZONE_READY && runstate_alive(&d->record, &pidfd))
                return take_over(d, pidfd, err);
        zone_log(d, "a zone that nobody looked after was found %s; cleaning up",
                 r == 0 && d->record.pid ? "dead" : "half-made");
        snprintf(d->reason, sizeof(d->reason), "it ended while no zoneadmd was there to see why");
        r = jail_clean(d->jail_name, err);
        if (r < 0)
                return r;
        /* Not zone_halt() alone: there is no jail handle, but everything else of it applies. */
        return zone_halt(d, err);
}
