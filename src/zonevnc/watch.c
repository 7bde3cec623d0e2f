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

int screen_find(const struct root *root, const char *zone, char **ret, struct error *err)
{
        _cleanup_close_ int door = door_connect(root, zone, true, err);
        json_t *status = NULL;
        const char *screen, *state;
        int r = door < 0 ? door : door_call(door, "Status", NULL, &status, NULL, NULL, err);

        if (r < 0)
                return r;
        screen = json_string_value(json_object_get(status, "screen"));
        state = json_string_value(json_object_get(status, "state"));
        if (!state || (strcmp(state, "running") != 0 && strcmp(state, "shutting_down") != 0))
                r = error_set(err, EINVAL, "zone is %s; only a running zone has a screen",
                              state ? state : "in an unknown state");
        else if (!screen || !*screen)
                r = error_set(err, ENOENT,
                              "the zone has no screen (zonecfg: add attr; set name=vnc; set type=string; set "
                              "value=on; end; then reboot it)");
        else if (!(*ret = strdup(screen)))
                r = error_nomem(err);
        json_decref(status);
        return r;
}

enum ending { ZONE_GONE, ZONE_BOOTED, DAEMON_GONE };

/* Follows one Monitor call until there is something to act on. */
static enum ending follow(int door)
{
        struct frame_reader reader = {0};
        json_t *call = json_pack("{s:s, s:b}", "method", DOOR_INTERFACE ".Monitor", "more", 1);
        struct pollfd wait = {.fd = door, .events = POLLIN};
        enum ending ending = DAEMON_GONE;
        bool up = true, was_down = false;
        int r = call ? frame_send(door, call) : -ENOMEM;

        json_decref(call);
        while (r >= 0) {
                const char *word;
                json_t *event;
                int state, n = poll(&wait, 1, up ? -1 : REBOOT_GRACE_MS);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n == 0)
                        ending = ZONE_GONE;
                if (n <= 0 || frame_receive(door, &reader, &event) < 0)
                        break;
                word = json_string_value(json_object_get(json_object_get(event, "parameters"), "state"));
                state = word ? zone_state_parse(word) : -1;
                json_decref(event);
                up = state >= ZONE_READY;
                was_down |= !up;
                if (was_down && state == ZONE_RUNNING) {
                        ending = ZONE_BOOTED;
                        break;
                }
        }
        frame_reader_free(&reader);
        return ending;
}

/* True if the screen is still where it was; a daemon that was killed is started again by this question. */
static bool is_there(const struct root *root, const char *zone, const char *where)
{
        _cleanup_free_ char *now = NULL;

        return screen_find(root, zone, &now, NULL) == 0 && strcmp(now, where) == 0;
}

void screen_wait_gone(const struct root *root, const char *zone, const char *where)
{
        for (;;) {
                int door = door_connect(root, zone, true, NULL);
                enum ending ending = door < 0 ? ZONE_GONE : follow(door);

                if (door >= 0)
                        close(door);
                if (ending == ZONE_GONE || !is_there(root, zone, where))
                        return;
        }
}
