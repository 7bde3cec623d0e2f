/*
 * Talking to the zone's zoneadmd: it does the work of ready, boot, halt, reboot and shutdown, one command
 * after the other; zoneadm passes on what it says.
 */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "door/door.h"
#include "zoneadm/zoneadm.h"

#define BOOTARGS_MAX 256 /* as in illumos, with the NUL */
#define CALL_RETRIES 2

/* What a signal handler prints: made before, because it may only write(2). */
static char interrupted[ZONENAME_MAX + 128];
static size_t interrupted_len;

static void on_signal(int sig)
{
        ssize_t ignored = write(STDERR_FILENO, interrupted, interrupted_len);

        (void)ignored;
        /* SA_RESETHAND has put the default action back: the shell is to see how we ended. */
        raise(sig);
}

/* The daemon does not stop half-way because the one who asked goes away; who interrupts is told so. */
static void announce_interrupts(const struct zoneadm *za, const char *verb)
{
        const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        int n = snprintf(interrupted, sizeof(interrupted),
                         "\nzoneadm: zone '%s': interrupted; zoneadmd goes on with %s.\n", za->zone, verb);

        interrupted_len = (size_t)n < sizeof(interrupted) ? (size_t)n : sizeof(interrupted) - 1;
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGHUP, &action, NULL);
}

/* A text may have several lines, and every line names the zone. */
static void print_lines(const struct zoneadm *za, const char *text)
{
        while (*text) {
                size_t n = strcspn(text, "\n");

                fprintf(stderr, "zone '%s': %.*s\n", za->zone, (int)n, text);
                text += n + (text[n] == '\n');
        }
}

static void print_reply(const struct zoneadm *za, json_t *parameters)
{
        const char *message = json_string_value(json_object_get(parameters, "message"));

        if (message)
                complain(za, "%s", message);
}

static void print_progress(json_t *parameters, void *arg)
{
        const char *notice = json_string_value(json_object_get(parameters, "notice"));

        if (notice)
                print_lines(arg, notice);
}

int boot_arguments(const struct zoneadm *za, char *argv[], char **ret)
{
        struct strbuf joined = {0};

        *ret = NULL;
        if (!argv[0])
                return ZA_OK;
        for (size_t i = 0; argv[i]; i++)
                strbuf_printf(&joined, "%s%s", i ? " " : "", argv[i]);
        if (joined.len >= BOOTARGS_MAX) {
                complain(za, "Boot argument list too long");
                strbuf_free(&joined);
                return ZA_ERROR;
        }
        *ret = strbuf_take(&joined);
        return *ret ? ZA_OK : ZA_ERROR;
}

/*
 * A zoneadmd that is killed under a call leaves the zone to the next one.  What may be asked twice without
 * harm is asked of that one.
 */
static int call(const struct zoneadm *za, const char *method, json_t *parameters, json_t **ret,
                struct error *err)
{
        bool repeatable =
            strcmp(method, "Boot") == 0 || strcmp(method, "Ready") == 0 || strcmp(method, "Halt") == 0;
        int r;

        for (int i = 0;; i++) {
                _cleanup_close_ int fd = door_connect(&za->root, za->zone, true, err);

                if (fd < 0)
                        return fd;
                r = door_call(fd, method, parameters, ret, print_progress, (void *)za, err);
                if (r != -ECONNRESET || !repeatable || i >= CALL_RETRIES)
                        return r;
        }
}

int daemon_call(const struct zoneadm *za, const char *verb, const char *method, struct json_t *parameters)
{
        struct error err = {0};
        json_t *reply = NULL;
        int r;

        announce_interrupts(za, verb);
        r = call(za, method, parameters, &reply, &err);
        json_decref(parameters);
        if (r < 0) {
                print_lines(za, err.text);
                complain(za, "call to zoneadmd failed");
                return ZA_ERROR;
        }
        print_reply(za, reply);
        json_decref(reply);
        return ZA_OK;
}

int daemon_dismiss(const struct zoneadm *za)
{
        struct error err = {0};
        _cleanup_close_ int fd = door_connect(&za->root, za->zone, false, &err);
        int r;

        if (fd == -ENOENT)
                return ZA_OK;
        r = fd < 0 ? fd : door_call(fd, "Uninstalling", NULL, NULL, NULL, NULL, &err);
        /* It may be on its way out already and close the door before it answers. */
        if (r >= 0 || r == -ECONNRESET)
                return ZA_OK;
        print_lines(za, err.text);
        complain(za, "call to zoneadmd failed");
        return ZA_ERROR;
}

bool daemon_needed(const struct zoneadm *za)
{
        struct runstate rs;
        _cleanup_close_ int fd = -1;

        /* A record, even a damaged one, means that there may be something to clean up. */
        if (za->state >= ZONE_READY || runstate_load(&za->root, za->zone, &rs) != -ENOENT)
                return true;
        fd = door_connect(&za->root, za->zone, false, NULL);
        return fd >= 0;
}
