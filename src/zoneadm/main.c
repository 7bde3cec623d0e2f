/*
 * zoneadm -- administer zones.  This file reads the options before the verb, finds the zone and hands over
 * to the verb.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"
#include "base/strv.h"
#include "zoneadm/zoneadm.h"

struct options {
        const char *zone;
        const char *uuid;
};

static int bad_option(const char *word, int c)
{
        char text[64];
        bool wrong = option_wrong(word, c, optopt, text);

        if (wrong)
                complain(NULL, "%s", text);
        usage_all(!wrong);
        return ZA_USAGE;
}

/* Returns -1 to go on, else an exit code. */
static int parse(struct zoneadm *za, int argc, char *argv[], struct options *o)
{
        static const struct option longs[] = {
            {"help", no_argument, NULL, 'h'},
            {"version", no_argument, NULL, 'V'},
            {0},
        };
        struct error err = {0};
        int c;

        opterr = 0;
        optopt = 0;
        while ((c = getopt_long(argc, argv, "+:?u:z:R:", longs, NULL)) != -1) {
                switch (c) {
                case 'z':
                        o->zone = optarg;
                        break;
                case 'u':
                        o->uuid = optarg;
                        break;
                case 'R':
                        if (root_set(&za->root, optarg, &err) < 0) {
                                complain(NULL, "%s", err.text);
                                return ZA_USAGE;
                        }
                        break;
                case 'h':
                        usage_all(true);
                        return ZA_OK;
                case 'V':
                        puts("zoneadm (apiary) " APIARY_VERSION);
                        return ZA_OK;
                default:
                        return bad_option(argv[optind - 1], c);
                }
        }
        if (optind >= argc) {
                usage_all(false);
                return ZA_USAGE;
        }
        return -1;
}

int main(int argc, char *argv[])
{
        struct zoneadm za = {0};
        struct options o = {0};
        const struct verb *verb;
        int status;

        output_guard("zoneadm");
        status = parse(&za, argc, argv, &o);
        if (status >= 0)
                return status;
        verb = verb_find(argv[optind]);
        if (!verb) {
                complain_verb(argv[optind]);
                usage_all(false);
                return ZA_USAGE;
        }
        argc -= optind;
        argv += optind;
        optind = 1;
        /* A directory that is to be removed or unmounted must not be busy because of us. */
        if (!getcwd(za.cwd, sizeof(za.cwd)))
                za.cwd[0] = '\0';
        if (chdir("/") < 0) {
                complain(NULL, "cannot change to the directory /");
                return ZA_ERROR;
        }
        status = target_find(&za, o.zone, o.uuid);
        if (status == ZA_OK)
                status = checks_run(&za, verb, false);
        if (status == ZA_OK)
                status = verb->run(&za, argc, argv);
        target_clear(&za);
        return status;
}
