/* --help for programs whose options are letters only. */
#include <stdio.h>
#include <string.h>

#include "base/strv.h"

bool help_asked(int argc, char *const *argv, const char *text)
{
        if (argc != 2 || strcmp(argv[1], "--help") != 0)
                return false;
        fputs(text, stdout);
        return true;
}
