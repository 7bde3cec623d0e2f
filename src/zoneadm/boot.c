/* zoneadm boot: makes the zone ready and starts its hypervisor. */
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zoneadm/zoneadm.h"

struct boot_options {
        bool force;
        const char *media, *config; /* attached for this boot; NULL: none */
};

/* Keeps the value of an option that may be given once. */
static int take_once(const struct zoneadm *za, int option, const char **ret)
{
        if (*ret) {
                complain(za, "boot: -%c may be given once", option);
                return ZA_USAGE;
        }
        if (!*optarg) {
                complain(za, "boot: -%c needs the name of a file", option);
                return ZA_USAGE;
        }
        *ret = optarg;
        return ZA_OK;
}

static int parse(const struct zoneadm *za, int argc, char *argv[], struct boot_options *o)
{
        int c, status = ZA_OK;

        optopt = 0;
        while (status == ZA_OK && (c = getopt(argc, argv, "+:?fsi:c:")) != -1) {
                switch (c) {
                case 'f':
                        o->force = true;
                        break;
                case 's': /* a single-user boot once; accepted as in illumos, means nothing to a guest */
                        break;
                case 'i':
                        status = take_once(za, c, &o->media);
                        break;
                case 'c':
                        status = take_once(za, c, &o->config);
                        break;
                default:
                        return usage_option(za, "boot", argv[optind - 1], c);
                }
        }
        return status;
}

/* Puts the path that a caller means into the call: zoneadmd has another directory than the caller. */
static int add_path(const struct zoneadm *za, json_t *parameters, const char *name, const char *path)
{
        char full[2 * PATH_MAX];

        if (!path)
                return ZA_OK;
        if (path[0] != '/' && !za->cwd[0]) {
                complain(za, "%s: an absolute path is needed", path);
                return ZA_ERROR;
        }
        if (snprintf(full, sizeof(full), "%s%s%s", path[0] == '/' ? "" : za->cwd, path[0] == '/' ? "" : "/",
                     path) >= PATH_MAX) {
                complain(za, "%.80s...: path too long", path);
                return ZA_ERROR;
        }
        if (json_object_set_new(parameters, name, json_string(full)) < 0) {
                complain(za, "%.80s: the name of a file is not UTF-8", path);
                return ZA_ERROR;
        }
        return ZA_OK;
}

int verb_boot(struct zoneadm *za, int argc, char *argv[])
{
        _cleanup_free_ char *args = NULL;
        struct boot_options o = {0};
        json_t *parameters;
        int status = parse(za, argc, argv, &o);

        if (status == ZA_OK)
                status = boot_arguments(za, argv + optind, &args);
        if (status == ZA_OK)
                status = start_permitted(za, argv);
        if (status != ZA_OK)
                return status;
        parameters = start_parameters(args, o.force);
        status = add_path(za, parameters, "media", o.media);
        if (status == ZA_OK)
                status = add_path(za, parameters, "config", o.config);
        if (status == ZA_OK)
                return daemon_call(za, "boot", "Boot", parameters);
        json_decref(parameters);
        return status;
}
