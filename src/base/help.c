/* --help for programs whose options are letters only, and what is said of an option that there is not. */
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

bool option_wrong(const char *word, int answer, int letter, char ret[64])
{
        if (answer == ':')
                snprintf(ret, 64, "option -%c needs a value", letter);
        else if (str_starts(word, "--"))
                snprintf(ret, 64, "there is no option '%.40s'", word);
        else if (letter == '?' || (letter == 0 && strcmp(word, "-?") == 0))
                return false;
        else
                snprintf(ret, 64, "there is no option '-%c'", letter);
        return true;
}
