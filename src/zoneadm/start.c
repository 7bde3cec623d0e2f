/* What boot, ready and reboot share: the checks before a zone may start, and the words of the call. */
#include <jansson.h>

#include "base/cleanup.h"
#include "zoneadm/zoneadm.h"

/* What must be right before a zone may start; a zone that runs already is the daemon's to answer for. */
int start_permitted(const struct zoneadm *za, char *argv[])
{
        _cleanup_config_ struct config *cfg = NULL;
        __attribute__((cleanup(brand_freep))) struct brand *brand = NULL;
        int status;

        if (za->state == ZONE_RUNNING)
                return ZA_OK;
        status = target_load(za, &cfg, &brand);
        if (status == ZA_OK)
                status = brand_permits(za, brand, argv);
        return status == ZA_OK ? verify_zone(za, brand, cfg, argv[0], VERIFY_START) : status;
}

json_t *start_parameters(const char *args, bool force)
{
        json_t *parameters = json_object();

        if (args)
                json_object_set_new(parameters, "args", json_string(args));
        if (force)
                json_object_set_new(parameters, "force", json_true());
        return parameters;
}
