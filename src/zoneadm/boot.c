/* zoneadm boot: makes the zone ready and starts its hypervisor. */
#include <unistd.h>

#include "base/cleanup.h"
#include "zoneadm/zoneadm.h"

int verb_boot(struct zoneadm *za, int argc, char *argv[])
{
        _cleanup_free_ char *args = NULL;
        bool force = false;
        int c, status;

        optopt = 0;
        while ((c = getopt(argc, argv, "+?fs")) != -1) {
                switch (c) {
                case 'f':
                        force = true;
                        break;
                case 's': /* a single-user boot once; accepted as in illumos, means nothing to a guest */
                        break;
                default:
                        return optopt == '?' || optopt == 0 ? usage_wanted("boot") : usage_error("boot");
                }
        }
        status = boot_arguments(za, argv + optind, &args);
        if (status == ZA_OK)
                status = start_permitted(za, argv);
        return status == ZA_OK ? daemon_call(za, "boot", "Boot", start_parameters(args, force)) : status;
}
