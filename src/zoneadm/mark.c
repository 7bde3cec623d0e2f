/*
 * zoneadm mark: sets the state that the index records.  "mark incomplete" is for zones that are known to be
 * broken; "mark -F configured" and "mark -F installed" are for whoever has repaired one by hand.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zoneadm/zoneadm.h"

int verb_mark(struct zoneadm *za, int argc, char *argv[])
{
        _cleanup_close_ int lock = -1;
        bool force = false;
        int c, state, status;

        optopt = 0;
        while ((c = getopt(argc, argv, "+?F")) != -1) {
                if (c != 'F')
                        return usage_option(za, "mark", argv[optind - 1], c);
                force = true;
        }
        state = optind + 1 == argc ? zone_state_parse(argv[optind]) : -1;
        if (state < 0 || state > ZONE_INSTALLED || (!force && state != ZONE_INCOMPLETE))
                return usage_error("mark");
        status = lock_and_check(za, "mark", &lock);
        if (status != ZA_OK)
                return status;
        if (za->state >= ZONE_READY) {
                complain(za, "mark operation is invalid for %s zones.", zone_state_name(za->state));
                return ZA_ERROR;
        }
        if (!force && za->state != ZONE_INSTALLED) {
                complain(za, "must be installed before mark.");
                return ZA_ERROR;
        }
        return target_set_state(za, (enum zone_state)state);
}
