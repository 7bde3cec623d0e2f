/* The table of verbs: names, usages, help and what state each wants. */
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zoneadm/zoneadm.h"

const struct verb verbs[] = {
    {"help", "help [verb]", "Print this message, or the usage and meaning of one verb.", WANTS_NOTHING, false,
     verb_help},
    {"boot", "boot [-i boot.iso] [-c cfgdisk] [-- boot_arguments]",
     "Activate (boot) the zone.  The boot arguments after -- replace those of the configuration.\n"
     "\tFor this boot only, -i attaches an image to boot from before anything else, and -c a disk for\n"
     "\tthe guest to read.",
     WANTS_INSTALLED, true, verb_boot},
    {"ready", "ready", "Make the zone's virtual platform without starting the hypervisor in it.",
     WANTS_INSTALLED, true, verb_ready},
    {"halt", "halt",
     "Stop the hypervisor at once and take the virtual platform down.  The guest is not asked.", WANTS_ANY,
     true, verb_halt},
    {"shutdown", "shutdown [-t seconds] [-r [-- boot_arguments]]",
     "Ask the guest to power off and wait until it has, 60 seconds at most, or as many as -t says\n"
     "\t(1 to 86400).  With -r, boot the zone again after that.",
     WANTS_RUNNING, true, verb_shutdown},
    {"reboot", "reboot [-- boot_arguments]",
     "Halt the zone and boot it again with its current configuration.  The guest is not asked.",
     WANTS_RUNNING, true, verb_reboot},
    {"list", "list [-cinpv] [--json]",
     "List zones: by default those that are active; with -i also those installed, with -c all.\n"
     "\t-n leaves the global zone out, -v prints a table, -p lines of fields with colons between them,\n"
     "\t--json an array of objects.",
     WANTS_NOTHING, false, verb_list},
    {"verify", "verify", "Check that this host can run the zone; print everything that is wrong.",
     WANTS_VERIFIABLE, true, verb_verify},
    {"install", "install [brand-specific args]", "Install the configured zone: make its root directory.",
     WANTS_CONFIGURED, true, verb_install},
    {"uninstall", "uninstall [-F] [brand-specific args]",
     "Remove what was installed.  The configuration stays.  -F asks no question.", WANTS_REMOVABLE, true,
     verb_uninstall},
    {"mark", "mark incomplete", "Mark an installed zone incomplete, after which it can only be uninstalled.",
     WANTS_ANY, true, verb_mark},
    {"doctor", "doctor [--json]",
     "Say which protections and limits this host can give to zones, and why not.", WANTS_NOTHING, false,
     verb_doctor},
};

const size_t n_verbs = ARRAY_SIZE(verbs);

void complain_verb(const char *name)
{
        const char *names[ARRAY_SIZE(verbs)], *meant;

        for (size_t i = 0; i < n_verbs; i++)
                names[i] = verbs[i].name;
        meant = str_nearest(name, names, n_verbs);
        if (meant)
                complain(NULL, "there is no verb '%.40s'; did you mean '%s'?", name, meant);
        else
                complain(NULL, "there is no verb '%.40s'", name);
}

const struct verb *verb_find(const char *name)
{
        for (size_t i = 0; i < n_verbs; i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        return NULL;
}
