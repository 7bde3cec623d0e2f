/*
 * The words of bootorder and bootnext.  A word that names nothing would be left out when the machine boots,
 * and nobody would learn of it, so it is refused; a device that is not there yet is not: firmware enters it
 * later.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "machine/builder.h"

#define NUMBER_LEN 5

static const char *const words[] = {"bootdisk", "disk", "cdrom", "net", "path", "boot", "shell", "firmware"};

/* bootdisk, shell and firmware stand alone, the others may have a number. */
static bool takes_number(const char *word)
{
        return !word_in(word, (const char *const[]){"bootdisk", "shell", "firmware", NULL});
}

/* Is it the word alone, or the word and a number of few digits? */
static bool is_word(const char *text, const char *word)
{
        size_t n = strlen(word), digits;

        if (!str_starts(text, word))
                return false;
        digits = strspn(text + n, "0123456789");
        return !text[n + digits] && (digits == 0 || (digits <= NUMBER_LEN && takes_number(word)));
}

static void say_unknown(struct builder *b, const char *where, const char *text, size_t n_words)
{
        size_t letters = strcspn(text, "0123456789");
        const char *meant = str_nearest(keepf(b, "%.*s", (int)letters, text), words, n_words);
        const char *number = text + letters;

        if (meant && (!takes_number(meant) || number[strspn(number, "0123456789")]))
                number = "";
        if (meant && strlen(number) <= NUMBER_LEN)
                problem(b, "%s: %s names nothing; did you mean %s%s?", where, text, meant, number);
        else
                problem(b,
                        "%s: %s names nothing; bootdisk, diskN, cdromN, netN[=pxe|http], pathN, bootN%s "
                        "is needed",
                        where, text, n_words == ARRAY_SIZE(words) ? ", shell or firmware" : " or shell");
}

static void check_word(struct builder *b, const char *where, const char *item, size_t n_words)
{
        const char *protocol = str_starts(item, "net") ? strchr(item, '=') : NULL, *text = item;

        if (protocol)
                text = keepf(b, "%.*s", (int)(protocol++ - item), item);
        for (size_t i = 0; i < n_words; i++) {
                if (!is_word(text, words[i]))
                        continue;
                if (protocol && strcmp(protocol, "pxe") != 0 && strcmp(protocol, "http") != 0)
                        problem(b, "Invalid protocol '%s' for '%s'", protocol, text);
                return;
        }
        if (!protocol && machine_boot_letters(text))
                strv_addf(&b->m->doubtful,
                          "%s: %s has no effect among words; bootdisk, cdrom0 and net0 name the disk, the "
                          "CD-ROM and the network",
                          where, text);
        else
                say_unknown(b, where, text, n_words);
}

void boot_list_check(struct builder *b, const char *where, const char *list)
{
        /* The menus of the firmware can be the next boot, but no place in an order. */
        size_t n_words = ARRAY_SIZE(words) - (strcmp(where, "attr bootnext") != 0);
        bool one = n_words == ARRAY_SIZE(words);

        if (!*list || machine_boot_letters(list))
                return;
        if (one && strchr(list, ',')) {
                problem(b, "%s %s: the next boot is from one of them", where, list);
                return;
        }
        for (const char *p = list;; p++) {
                size_t n = strcspn(p, ",");

                if (n == 0)
                        problem(b, "%s %s: an empty word", where, list);
                else
                        check_word(b, where, keepf(b, "%.*s", (int)n, p), n_words);
                p += n;
                if (!*p)
                        return;
        }
}

void boot_letters_number(struct builder *b, const char *letters)
{
        unsigned turn = 0;

        for (const char *p = letters; *p; p++)
                for (const struct machine_device *d = NULL; (d = machine_boot_next(b->m, *p, d));)
                        b->m->device[d - b->m->device].boot = ++turn;
}
