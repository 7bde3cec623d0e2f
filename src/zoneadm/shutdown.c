/* zoneadm shutdown: asks the guest to power off and waits for it. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zoneadm/zoneadm.h"

#define TIMEOUT_MAX 86400

/* Seconds from 1 to a day; 0 for anything else. */
static int seconds(const char *text)
{
        char *end;
        unsigned long n;

        errno = 0;
        n = strtoul(text, &end, 10);
        return *text >= '0' && *text <= '9' && !*end && errno == 0 && n <= TIMEOUT_MAX ? (int)n : 0;
}

static int bad_seconds(const struct zoneadm *za, const char *text)
{
        complain(za, "shutdown: -t %.40s: a whole number of seconds from 1 to %d is needed", text,
                 TIMEOUT_MAX);
        return usage_error("shutdown");
}

int verb_shutdown(struct zoneadm *za, int argc, char *argv[])
{
        _cleanup_free_ char *args = NULL;
        bool reboot = false;
        json_t *parameters;
        int c, status, timeout = 0;

        optopt = 0;
        while ((c = getopt(argc, argv, "+:?rt:")) != -1) {
                if (c == 'r')
                        reboot = true;
                else if (c != 't')
                        return usage_option(za, "shutdown", argv[optind - 1], c);
                else if ((timeout = seconds(optarg)) == 0)
                        return bad_seconds(za, optarg);
        }
        if (argv[optind] && !reboot) {
                complain(za, "shutdown: %.40s: boot arguments are for -r", argv[optind]);
                return usage_error("shutdown");
        }
        status = boot_arguments(za, argv + optind, &args);
        if (status != ZA_OK)
                return status;
        parameters = json_pack("{s:b}", "reboot", reboot);
        if (timeout)
                json_object_set_new(parameters, "timeout", json_integer(timeout));
        if (args)
                json_object_set_new(parameters, "args", json_string(args));
        return daemon_call(za, "shutdown", "Shutdown", parameters);
}
