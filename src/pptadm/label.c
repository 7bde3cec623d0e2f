/*
 * Reads pci.ids (package pci.ids): vendors at the beginning of a line, their devices after one tab, each "ID
 * NAME".
 */
#include "pptadm/label.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS "/usr/share/misc/pci.ids"

/* The name if the line begins with this id, else NULL. */
static const char *name_of(const char *line, uint16_t id)
{
        char *end;
        unsigned long n = strtoul(line, &end, 16);

        return end == line + 4 && n == id && strncmp(end, "  ", 2) == 0 ? end + 2 : NULL;
}

void pci_label(uint16_t vendor, uint16_t device, char *buf, size_t size)
{
        FILE *f = fopen(IDS, "re");
        char line[512], maker[128] = "";

        *buf = '\0';
        while (f && fgets(line, sizeof(line), f)) {
                const char *name;

                line[strcspn(line, "\n")] = '\0';
                if (line[0] == '#' || line[0] == '\0')
                        continue;
                if (line[0] != '\t') {
                        if (*maker)
                                break;
                        name = name_of(line, vendor);
                        if (name)
                                snprintf(maker, sizeof(maker), "%.120s", name);
                        continue;
                }
                name = *maker && line[1] != '\t' ? name_of(line + 1, device) : NULL;
                if (name) {
                        snprintf(buf, size, "%s %.200s", maker, name);
                        break;
                }
        }
        if (f)
                fclose(f);
}
