/* Asks the zone's daemon where the screen is, and notices when the zone has gone. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "base/zone.h"
#include "door/door.h"
#include "door/frame.h"
#include "zonevnc/zonevnc.h"

/* A zone that reboots is installed for a moment: it counts as gone when it stays so. */
#define REBOOT_GRACE_MS 5000

int screen_path(const struct root *root, const char *zone, char **ret, struct error *err)
{
        _cleanup_close_ int door = door_connect(root, zone, true, err);
        json_t *status = NULL;
        const char *path, *state;
        int r = door < 0 ? door : door_call(door, "Status", NULL, &status, NULL, NULL, err);

        if (r < 0)
                return r;
        path = json_string_value(json_object_get(status, "screen"));
        state = json_string_value(json_object_get(status, "state"));
        if (!state || (strcmp(state, "running") != 0 && strcmp(state, "shutting_down") != 0))
                r = error_set(err, EINVAL, "zone is %s; only a running zone has a screen",
                              state ? state : "in an unknown state");
        else if (!path || !*path)
                r = error_set(err, ENOENT,
                              "the zone has no screen (zonecfg: add attr; set name=vnc; set type=string; set "
                              "value=on; end; then reboot it)");
        else if (!(*ret = strdup(path)))
                r = error_nomem(err);
        json_decref(status);
        return r;
}

static bool is_up(const char *state)
{
        int n = state ? zone_state_parse(state) : -1;

        return n >= ZONE_READY;
}

/* Follows one Monitor call; true when the zone was seen to go down, false when the daemon went away. */
static bool follow(int door)
{
        struct frame_reader reader = {0};
        json_t *call = json_pack("{s:s, s:b}", "method", DOOR_INTERFACE ".Monitor", "more", 1);
        struct pollfd wait = {.fd = door, .events = POLLIN};
        bool up = true, gone = false;
        int r = call ? frame_send(door, call) : -ENOMEM;

        json_decref(call);
        while (r >= 0) {
                json_t *event;
                int n = poll(&wait, 1, up ? -1 : REBOOT_GRACE_MS);

                if (n < 0 && errno == EINTR)
                        continue;
                gone = n == 0;
                if (n <= 0)
                        break;
                r = frame_receive(door, &reader, &event);
                if (r < 0)
                        break;
                up = is_up(json_string_value(json_object_get(json_object_get(event, "parameters"), "state")));
                json_decref(event);
        }
        frame_reader_free(&reader);
        return gone;
}

void screen_wait_gone(const struct root *root, const char *zone)
{
        for (;;) {
                _cleanup_free_ char *path = NULL;
                int door = door_connect(root, zone, true, NULL);
                bool gone = door < 0 || follow(door);

                if (door >= 0)
                        close(door);
                /* A daemon that was killed is started again by this question; a zone that is down says so. */
                if (gone || screen_path(root, zone, &path, NULL) < 0)
                        return;
        }
}
