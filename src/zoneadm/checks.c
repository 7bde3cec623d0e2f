/*
 * The checks that come before every verb, in the order and with the words of illumos (zones-tools.md 4.3):
 * who asks, for which zone, and whether the zone is in a state for it.
 */
#include <string.h>
#include <unistd.h>

#include "zoneadm/zoneadm.h"

static int refuse_active(const struct zoneadm *za, const struct verb *verb)
{
        complain(za, "%s operation is invalid for %s zones.", verb->name, zone_state_name(za->state));
        return ZA_ERROR;
}

static int refuse_incomplete(const struct zoneadm *za)
{
        complain(za, "zone is incomplete; uninstall required.");
        return ZA_ERROR;
}

static int check_state(const struct zoneadm *za, const struct verb *verb, bool locked)
{
        bool active = za->state >= ZONE_READY;

        switch (verb->wants) {
        case WANTS_NOTHING:
        case WANTS_ANY:
                return ZA_OK;
        case WANTS_VERIFIABLE:
                return za->state == ZONE_INCOMPLETE ? refuse_incomplete(za) : ZA_OK;
        case WANTS_CONFIGURED:
                if (active)
                        return refuse_active(za, verb);
                /* Without the lock, that of another command that is installing it just now. */
                if (za->state == ZONE_INCOMPLETE)
                        return locked ? refuse_incomplete(za) : ZA_OK;
                if (za->state == ZONE_CONFIGURED)
                        return ZA_OK;
                complain(za, "is already installed.");
                return ZA_ERROR;
        case WANTS_REMOVABLE:
                if (active)
                        return refuse_active(za, verb);
                if (za->state != ZONE_CONFIGURED)
                        return ZA_OK;
                complain(za, "is already in state 'configured'.");
                return ZA_ERROR;
        case WANTS_HALTED:
                if (active)
                        return refuse_active(za, verb);
                /* fall through */
        case WANTS_INSTALLED:
                if (za->state == ZONE_INCOMPLETE)
                        return refuse_incomplete(za);
                if (za->state >= ZONE_INSTALLED)
                        return ZA_OK;
                complain(za, "must be installed before %s.", verb->name);
                return ZA_ERROR;
        case WANTS_RUNNING:
                if (za->state == ZONE_RUNNING)
                        return ZA_OK;
                complain(za, "not running");
                return ZA_ERROR;
        }
        return ZA_ERROR;
}

int checks_run(const struct zoneadm *za, const struct verb *verb, bool locked)
{
        if (verb->privileged && geteuid() != 0) {
                complain(za, "only a privileged user may %s a zone.", verb->name);
                return ZA_ERROR;
        }
        if (verb->wants == WANTS_NOTHING)
                return ZA_OK;
        if (!za->zone) {
                complain(za, "no zone specified");
                return ZA_ERROR;
        }
        if (za->is_global) {
                complain(za, "%s operation is invalid for the global zone.", verb->name);
                return ZA_ERROR;
        }
        if (zone_name_reserved(za->zone)) {
                complain(za, "%s operation is invalid for zones starting with SUNW.", verb->name);
                return ZA_ERROR;
        }
        return check_state(za, verb, locked);
}
