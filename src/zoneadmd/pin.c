/*
 * Memory that stays in place.  A device of the host can write to any part of the guest's memory at any time,
 * so VFIO pins all of it; a wired guest (-S of bhyve) has all of the engine's memory locked.
 */
#include <errno.h>
#include <sys/resource.h>

#include "base/size.h"
#include "limits/limits.h"
#include "zoneadmd/open.h"

int pin_memory(struct daemon *d, const struct bconf *conf, bool devices, struct error *err)
{
        const char *size = bconf_get(conf, "memory.size");
        bool wired = bconf_bool(conf, "memory.wired", false) > 0;
        struct jail_limits limits;
        uint64_t ram;
        int r;

        if (!wired && !devices)
                return 0;
        if (!size || size_parse_ram(size, &ram) < 0)
                return error_set(err, EINVAL, "memory of the guest");
        limits_from_config(d->cfg, &limits);
        r = limits_hold_pinned(&limits, ram, wired && !devices, err);
        if (r < 0 || limits.locked_bytes > 0)
                return r;
        /* A wired engine locks whatever it maps, up to the zone's memory limit, where the host can set one.
         */
        return jail_lock_memory(&d->jail, devices ? ram + LIMITS_PINNED_MORE : RLIM_INFINITY, err);
}
