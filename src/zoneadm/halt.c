/* zoneadm halt: ends the hypervisor at once and takes the platform down. */
#include <string.h>

#include "zoneadm/zoneadm.h"

int verb_halt(struct zoneadm *za, int argc, char *argv[])
{
        if (argc > 1)
                return strcmp(argv[1], "-?") == 0 ? usage_wanted("halt") : usage_error("halt");
        if (za->state < ZONE_INSTALLED) {
                complain(za, "halt operation is invalid for zones in state '%s'", zone_state_name(za->state));
                return ZA_ERROR;
        }
        /* No need to start a daemon only to hear that there is nothing to do. */
        if (!daemon_needed(za)) {
                complain(za, "zone is already halted");
                return ZA_OK;
        }
        return daemon_call(za, "halt", "Halt", NULL);
}
