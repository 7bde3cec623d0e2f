/* What zoneadm says; see zoneadm.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "zoneadm/zoneadm.h"

void complain(const struct zoneadm *za, const char *fmt, ...)
{
        va_list ap;

        /* Lists are buffered, and what was said first is to be seen first. */
        fflush(stdout);
        fputs("zoneadm: ", stderr);
        if (za && za->zone)
                fprintf(stderr, "zone '%s': ", za->zone);
        va_start(ap, fmt);
        vfprintf(stderr, fmt, ap);
        va_end(ap);
        fputc('\n', stderr);
}

static void print_usage(FILE *out, const struct verb *verb)
{
        fprintf(out, "usage:\t%s\n", verb->usage);
}

int usage_error(const char *verb)
{
        print_usage(stderr, verb_find(verb));
        return ZA_USAGE;
}

int usage_wanted(const char *verb)
{
        print_usage(stdout, verb_find(verb));
        return ZA_USAGE;
}

int usage_option(const struct zoneadm *za, const char *verb, const char *word, int answer)
{
        char text[64];

        if (!option_wrong(word, answer, optopt, text))
                return usage_wanted(verb);
        complain(za, "%s: %s", verb, text);
        return usage_error(verb);
}

void usage_all(bool wanted)
{
        FILE *out = wanted ? stdout : stderr;
        const char *lead = "usage:\t";

        for (size_t i = 0; i < n_verbs; i++) {
                const char *zone = verbs[i].wants == WANTS_NOTHING ? "" : "-z zone ";

                fprintf(out, "%szoneadm [-R root] %s%s\n", lead, zone, verbs[i].usage);
                lead = "\t";
        }
        fputs("\tA zone may be named by -u uuid instead of -z zone.\n", out);
}
