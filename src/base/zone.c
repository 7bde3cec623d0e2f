/* Zone names, states and UUIDs; see zone.h. */
#include "base/zone.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char *const state_names[ZONE_STATES] = {
    [ZONE_CONFIGURED] = "configured",
    [ZONE_INCOMPLETE] = "incomplete",
    [ZONE_INSTALLED] = "installed",
    [ZONE_READY] = "ready",
    [ZONE_RUNNING] = "running",
    [ZONE_SHUTTING_DOWN] = "shutting_down",
    [ZONE_DOWN] = "down",
    [ZONE_MOUNTED] = "mounted",
};

const char *zone_state_name(enum zone_state state)
{
        return (unsigned)state < ZONE_STATES ? state_names[state] : "unknown";
}

int zone_state_parse(const char *word)
{
        for (int i = 0; i < ZONE_STATES; i++)
                if (strcmp(state_names[i], word) == 0)
                        return i;
        return -EINVAL;
}

static bool name_first(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool zone_name_valid(const char *name)
{
        size_t n = 0;

        if (!name_first(name[0]) || strcmp(name, "global") == 0)
                return false;
        for (; name[n]; n++)
                if (n >= ZONENAME_MAX - 1 || (!name_first(name[n]) && !strchr("-_.", name[n])))
                        return false;
        return true;
}

bool zone_name_reserved(const char *name)
{
        return strncmp(name, "SUNW", 4) == 0;
}

const char *zone_name_prefix(const char *name)
{
        static const char *const prefix[] = {"SYS", "OMNI"};

        if (zone_name_reserved(name))
                return "SUNW";
        for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++) {
                size_t n = strlen(prefix[i]);

                if (strncmp(name, prefix[i], n) == 0 && name[n] >= 'a' && name[n] <= 'z')
                        return prefix[i];
        }
        return NULL;
}

static bool hex_digit(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool uuid_valid(const char *text)
{
        if (strlen(text) != UUID_TEXT - 1)
                return false;
        for (int i = 0; i < UUID_TEXT - 1; i++) {
                bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

                if (hyphen ? text[i] != '-' : !hex_digit(text[i]))
                        return false;
        }
        return true;
}

void uuid_make(char ret[UUID_TEXT])
{
        unsigned char b[16];

        /* 16 bytes never come short and only fail before the pool is ready, which it waits for. */
        if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
                abort();
        b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
        b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
        snprintf(ret, UUID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                 b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                 b[15]);
}
