/* zoneadm help: the usage of everything, or what one verb means. */
#include <stdio.h>

#include "zoneadm/zoneadm.h"

int verb_help(struct zoneadm *za, int argc, char *argv[])
{
        const struct verb *verb;

        (void)za;
        if (argc < 2) {
                usage_all(true);
                return ZA_OK;
        }
        verb = verb_find(argv[1]);
        if (!verb)
                complain_verb(argv[1]);
        if (!verb || argc > 2) {
                usage_all(false);
                return ZA_USAGE;
        }
        printf("usage:\t%s\n\t%s\n", verb->usage, verb->help);
        return ZA_OK;
}
