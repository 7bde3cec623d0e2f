/* zoneadm ready: makes the virtual platform without a hypervisor in it. */
#include <string.h>

#include "zoneadm/zoneadm.h"

int verb_ready(struct zoneadm *za, int argc, char *argv[])
{
        int status;

        if (argc > 1)
                return strcmp(argv[1], "-?") == 0 ? usage_wanted("ready") : usage_error("ready");
        status = start_permitted(za, argv);
        return status == ZA_OK ? daemon_call(za, "ready", "Ready", NULL) : status;
}
