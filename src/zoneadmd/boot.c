/*
 * What happens on boot.  zone_ready() makes the virtual platform; zone_boot() has the brand turn the
 * configuration into hypervisor arguments, opens what they name, and starts the hypervisor as the zone's
 * init.  Either everything stands at the end, or nothing does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "accel/accel.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "config/index.h"
#include "zoneadmd/daemon.h"

#define HOOK_TIMEOUT_MS 60000

/* Reads what the zone is now: its entry in the index, its configuration, its brand. */
static int load_zone(struct daemon *d, struct error *err)
{
        struct index_entry entry = {0};
        const char *zonepath;
        int r;

        config_free(d->cfg);
        brand_free(d->brand);
        d->cfg = NULL;
        d->brand = NULL;
        r = index_lookup(&d->root, d->zone, &entry, err);
        if (r < 0)
                return r;
        if (entry.state != ZONE_INSTALLED)
                r = error_set(err, EINVAL, "must be installed before boot");
        snprintf(d->uuid, sizeof(d->uuid), "%s", entry.uuid);
        index_entry_clear(&entry);
        if (r == 0)
                r = config_load(&d->root, d->zone, &d->cfg, err);
        if (r < 0)
                return r;
        zonepath = config_global(d->cfg, "zonepath");
        if (!zonepath || zonepath[0] != '/')
                return error_set(err, EINVAL, "zonepath not specified");
        r = root_path(&d->root, zonepath, d->zonepath, sizeof(d->zonepath));
        if (r < 0)
                return error_errno(err, r, "%s", zonepath);
        if (!config_global(d->cfg, "brand"))
                return error_set(err, EINVAL, "missing brand attribute");
        return brand_load(&d->root, config_global(d->cfg, "brand"), &d->brand, err);
}

/* What is running is described by the snapshot, whatever zonecfg does to the configuration meanwhile. */
static int write_snapshot(struct daemon *d, struct error *err)
{
        _cleanup_free_ char *text = config_to_xml(d->cfg);
        char name[NAME_MAX + 1];
        int r;

        if (!text)
                return error_nomem(err);
        snprintf(name, sizeof(name), "%s.snapshot.xml", d->zone);
        r = fs_replace_volatile_at(d->run_dir, name, text, strlen(text), 0600);
        return r < 0 ? error_errno(err, r, "%s", name) : 0;
}

/*
 * The offset of an id above JAIL_UID_BASE.  Zones of an alternate root count on their own: they have the
 * upper half, spread by root.
 */
static unsigned uid_offset(const struct daemon *d, unsigned id)
{
        if (!d->root.path[0])
                return id & (JAIL_UID_COUNT / 2 - 1);
        return JAIL_UID_COUNT / 2 + (((root_hash(&d->root) & 0x7ff) << 8) | (id & 0xff));
}

/* Does a zone that is in use have this uid?  Possible only after the ids have come round. */
static bool uid_in_use(const struct daemon *d, uid_t uid)
{
        char **zones = NULL;
        bool found = false;

        if (runstate_list(&d->root, &zones) < 0)
                return false;
        for (char **z = zones; *z; z++) {
                struct runstate rs;

                found |= strcmp(*z, d->zone) != 0 && runstate_load(&d->root, *z, &rs) == 0 && rs.uid == uid;
                free(*z);
        }
        free(zones);
        return found;
}

static int begin_record(struct daemon *d, struct error *err)
{
        unsigned id, offset;
        int r;

        do {
                r = runstate_new_id(&d->root, &id, err);
                if (r < 0)
                        return r;
                offset = uid_offset(d, id);
        } while ((d->root.path[0] || id >= JAIL_UID_COUNT / 2) && uid_in_use(d, JAIL_UID_BASE + offset));
        d->record = (struct runstate){.id = id, .state = ZONE_READY, .uid = JAIL_UID_BASE + offset};
        return runstate_save(&d->root, d->zone, &d->record, err);
}

/*
 * KVM if it was seen to work on this host, else TCG, and the reason.  Chosen before the platform is made,
 * which has /dev/kvm in it or not.
 */
static void choose_acceleration(struct daemon *d)
{
        struct accel accel = {0};
        struct error err = {0};

        if (accel_get(&d->root, &accel, &err) < 0)
                snprintf(accel.why, sizeof(accel.why), "%.250s", err.text);
        d->kvm = accel.kvm;
        snprintf(d->acceleration, sizeof(d->acceleration), accel.kvm ? "kvm" : "tcg: %s", accel.why);
        if (!accel.kvm)
                request_notice(d,
                               "NOTICE: no hardware acceleration (%s); using TCG emulation, which QEMU's "
                               "security promise does not cover: the zone's jail is what holds the guest",
                               accel.why);
}

int zone_ready(struct daemon *d, enum zone_command cmd, struct error *err)
{
        int r = load_zone(d, err);

        if (r < 0)
                return r;
        r = zone_statechange(d, true, ZONE_INSTALLED, cmd, err);
        if (r < 0)
                return r;
        if (cmd == ZONE_CMD_READY)
                console_notice(d, "NOTICE: Zone readied");
        choose_acceleration(d);
        r = begin_record(d, err);
        if (r == 0)
                r = write_snapshot(d, err);
        if (r == 0)
                r = platform_create(d, err);
        if (r == 0)
                r = zone_set_state(d, ZONE_READY, "", err);
        if (r == 0)
                r = zone_statechange(d, false, ZONE_INSTALLED, cmd, err);
        if (r < 0)
                zone_halt(d, NULL);
        return r;
}

/* The brand's boot hook writes var/run/bhyve/zhyve.args into the zone as the zone sees it. */
static int run_boot_hook(struct daemon *d, struct error *err)
{
        _cleanup_free_ char *output = NULL;
        _cleanup_(strbuf_free) struct strbuf media = {0};
        char zone_root[64], gid[32], snapshot[PATH_MAX + 160], media_env[64];
        const char *env[] = {zone_root, gid, snapshot, NULL, NULL};
        int number = 0;
        struct brand_run run = {.zone = d->zone,
                                .zonepath = d->zonepath,
                                .env = env,
                                .ret_output = &output,
                                .ret_signal = &number,
                                .timeout_ms = HOOK_TIMEOUT_MS};
        int r;

        snprintf(zone_root, sizeof(zone_root), "_ZONE_ROOT=/proc/%d/root", (int)d->jail.pid);
        snprintf(gid, sizeof(gid), "_ZONE_GID=%u", d->record.uid);
        snprintf(snapshot, sizeof(snapshot), "_ZONE_SNAPSHOT=%s" ZONES_RUN "/%s.snapshot.xml", d->root.path,
                 d->zone);
        media_words(d, &media);
        if (media.failed)
                return error_nomem(err);
        if (media.len > 0) {
                snprintf(media_env, sizeof(media_env), "_ZONE_MEDIA=%s", media.data);
                env[3] = media_env;
        }
        r = brand_run_hook(&d->root, d->brand, BRAND_BOOT, &run, err);
        if (r < 0)
                return error_prefix(err, "brand boot hook");
        if (output && *output)
                zone_log(d, "%s", output);
        if (r == 0)
                return 0;
        if (output)
                output[strcspn(output, "\n")] = '\0';
        /* A hook that was ended by a signal had no time to say why. */
        if (number == 0 && output && *output)
                return error_set(err, EIO, "%s", output);
        return brand_hook_failed(err, "the brand's boot hook", r, number);
}

int zone_boot(struct daemon *d, const char *args, struct error *err)
{
        int r;

        if (args && *args) {
                console_notice(d, "NOTICE: Zone booting up with arguments: %s", args);
                request_notice(d, "WARNING: Unused or invalid boot arguments \"%s\"", args);
        } else {
                console_notice(d, "NOTICE: Zone booting up");
        }
        if (d->state < ZONE_READY) {
                r = zone_ready(d, ZONE_CMD_BOOT, err);
                if (r < 0)
                        goto failed;
        }
        r = zone_statechange(d, true, d->state, ZONE_CMD_BOOT, err);
        if (r == 0)
                r = run_boot_hook(d, err);
        if (r == 0)
                r = engine_start(d, err);
        if (r == 0)
                r = zone_set_state(d, ZONE_RUNNING, "", err);
        if (r == 0)
                r = zone_statechange(d, false, ZONE_READY, ZONE_CMD_BOOT, err);
        if (r == 0)
                return 0;
failed:
        if (err)
                snprintf(d->reason, sizeof(d->reason), "boot failed: %.200s", err->text);
        console_notice(d, "NOTICE: Zone boot failed%s",
                       console_leaves_on_halt(d) ? ".  Disconnecting..." : "");
        if (err)
                zone_log(d, "boot failed: %s", err->text);
        zone_halt(d, NULL);
        console_disconnect(d, true);
        return r;
}

void zone_running(struct daemon *d)
{
        d->reason[0] = '\0';
        zone_set_state(d, d->state == ZONE_SHUTTING_DOWN ? ZONE_SHUTTING_DOWN : ZONE_RUNNING,
                       d->screen_waits ? "guest-waiting" : "guest-running", NULL);
        if (d->screen_waits)
                request_notice(d, "NOTICE: the guest waits for the first viewer of its screen (zonevnc %s)",
                               d->zone);
        screen_ready(d);
        if (request_awaits_boot(d))
                request_done(d, NULL, NULL);
        else
                request_engine_ready(d);
}
