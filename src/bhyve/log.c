/*
 * What the engine writes to its standard error.  TCG says in its log, and nowhere else, that a reset was a
 * triple fault; with that log come the registers of every processor that is reset, which a guest of several
 * processors does at each start, and which are of no use to anybody here.
 */
#include <string.h>

#include "base/strv.h"
#include "bhyve/bhyve.h"

/* "RAX=...", "R8 =...", "CS =...", "XMM00=...": a short name in capitals, blanks, an equals sign. */
static bool is_register(const char *line)
{
        size_t n = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

        return n >= 2 && n <= 5 && line[n + strspn(line + n, " ")] == '=';
}

enum engine_line bhyve_engine_line(const char *line)
{
        if (strcmp(line, "Triple fault") == 0)
                return ENGINE_LINE_TRIPLE_FAULT;
        if (str_starts(line, "CPU Reset (CPU ") || is_register(line))
                return ENGINE_LINE_NOISE;
        /* The sockets of a zone wait without stopping the engine: that somebody may connect is no news. */
        return strstr(line, "info: QEMU waiting for connection on: ") ? ENGINE_LINE_NOISE : ENGINE_LINE_TEXT;
}

/* "qemu-system-x86_64: -device ide-hd,bus=..: the reason" */
const char *bhyve_engine_reason(const char *line)
{
        const char *at = str_starts(line, "qemu-system-") ? strstr(line, ": ") : NULL, *end;

        if (!at)
                return line;
        at += 2;
        end = *at == '-' ? strstr(at, ": ") : NULL;
        return end && end[2] ? end + 2 : at;
}
