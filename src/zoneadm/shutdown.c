/* zoneadm shutdown: asks the guest to power off and waits for it. */
#include <jansson.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zoneadm/zoneadm.h"

int verb_shutdown(struct zoneadm *za, int argc, char *argv[])
{
        _cleanup_free_ char *args = NULL;
        bool reboot = false;
        json_t *parameters;
        int c, status;

        optopt = 0;
        while ((c = getopt(argc, argv, "+?r")) != -1) {
                if (c != 'r')
                        return optopt == '?' || optopt == 0 ? usage_wanted("shutdown")
                                                            : usage_error("shutdown");
                reboot = true;
        }
        if (argv[optind] && !reboot)
                return usage_error("shutdown");
        status = boot_arguments(za, argv + optind, &args);
        if (status != ZA_OK)
                return status;
        parameters = json_pack("{s:b}", "reboot", reboot);
        if (args)
                json_object_set_new(parameters, "args", json_string(args));
        return daemon_call(za, "shutdown", "Shutdown", parameters);
}
