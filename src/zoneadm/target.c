/* The zone that the command line names: looking it up and loading what is known of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "zoneadm/zoneadm.h"

static int no_such_zone(const char *name)
{
        fprintf(stderr, "zoneadm: %s: No such zone configured\n", name);
        return ZA_ERROR;
}

static int find_uuid(struct zoneadm *za, const char *uuid)
{
        struct error err = {0};
        int r;

        if (!uuid_valid(uuid)) {
                complain(NULL, "illegal UUID value specified");
                return ZA_ERROR;
        }
        r = index_lookup_uuid(&za->root, uuid, &za->entry, &err);
        if (r == -ENOENT)
                return no_such_zone(uuid);
        if (r < 0) {
                complain(NULL, "%s", err.text);
                return ZA_ERROR;
        }
        za->indexed = true;
        za->zone = za->entry.name;
        return ZA_OK;
}

static int find_name(struct zoneadm *za, const char *name)
{
        struct error err = {0};
        int r;

        if (strcmp(name, "global") == 0) {
                za->zone = name;
                za->is_global = true;
                za->state = ZONE_RUNNING;
                return ZA_OK;
        }
        r = zone_name_valid(name) ? index_lookup(&za->root, name, &za->entry, &err) : -ENOENT;
        if (r == -ENOENT)
                return no_such_zone(name);
        if (r < 0) {
                complain(NULL, "%s", err.text);
                return ZA_ERROR;
        }
        za->indexed = true;
        za->zone = za->entry.name;
        return ZA_OK;
}

static void find_state(struct zoneadm *za)
{
        if (za->indexed)
                za->state = runstate_current(&za->root, za->zone, za->entry.state, &za->run);
}

int target_find(struct zoneadm *za, const char *name, const char *uuid)
{
        int status = ZA_OK;

        /* As in illumos, a UUID that is found wins over a name. */
        if (uuid)
                status = find_uuid(za, uuid);
        else if (name)
                status = find_name(za, name);
        if (status == ZA_OK)
                find_state(za);
        return status;
}

int target_refresh(struct zoneadm *za)
{
        char name[ZONENAME_MAX];
        int status;

        snprintf(name, sizeof(name), "%s", za->zone);
        target_clear(za);
        status = find_name(za, name);
        if (status == ZA_OK)
                find_state(za);
        return status;
}

void target_clear(struct zoneadm *za)
{
        if (za->indexed)
                index_entry_clear(&za->entry);
        za->indexed = false;
        za->zone = NULL;
}

int target_load(const struct zoneadm *za, struct config **ret_cfg, struct brand **ret_brand)
{
        struct error err = {0};
        struct config *cfg = NULL;
        const char *name;
        int r = config_load(&za->root, za->zone, &cfg, &err);

        if (r == -ENOENT) {
                complain(za,
                         "the index knows it, but " ZONES_ETC
                         "/%s.xml is missing (put it back, or forget the zone: "
                         "zonecfg -z %s delete -F)",
                         za->zone, za->zone);
                return ZA_ERROR;
        }
        if (r < 0) {
                complain(za, "%s", err.text);
                return ZA_ERROR;
        }
        name = config_global(cfg, "brand");
        r = name ? brand_load(&za->root, name, ret_brand, &err)
                 : error_set(&err, EINVAL, "the configuration names no brand");
        if (r < 0) {
                complain(za, "%s", err.text);
                config_free(cfg);
                return ZA_ERROR;
        }
        *ret_cfg = cfg;
        return ZA_OK;
}

int target_set_state(const struct zoneadm *za, enum zone_state state)
{
        struct error err = {0};

        if (index_modify(&za->root, za->zone, (int)state, NULL, NULL, NULL, &err) < 0) {
                complain(za, "%s", err.text);
                return ZA_ERROR;
        }
        return ZA_OK;
}
