/* zoneadm reboot: halts the zone and boots it with its current configuration. */
#include <unistd.h>

#include "base/cleanup.h"
#include "zoneadm/zoneadm.h"

int verb_reboot(struct zoneadm *za, int argc, char *argv[])
{
        _cleanup_free_ char *args = NULL;
        int status;

        optopt = 0;
        if (getopt(argc, argv, "+?") != -1)
                return usage_option(za, "reboot", argv[1], '?');
        status = boot_arguments(za, argv + optind, &args);
        return status == ZA_OK ? daemon_call(za, "reboot", "Reboot", start_parameters(args, false)) : status;
}
