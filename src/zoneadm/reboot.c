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
                return optopt == '?' || optopt == 0 ? usage_wanted("reboot") : usage_error("reboot");
        status = boot_arguments(za, argv + optind, &args);
        return status == ZA_OK ? daemon_call(za, "reboot", "Reboot", start_parameters(args, false)) : status;
}
