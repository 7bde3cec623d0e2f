/* See halt.h. */
#include "halt.h"

#include <stdlib.h>
#include <string.h>

#include "base/strv.h"

#define FINAL_ROUNDS 3  /* a halt that is seen so often in a row is for good */
#define PAUSE_MAX    15 /* looks */
#define RFLAGS_IF    0x200
#define RESET_IP     0xfff0
#define RESET_FLAGS  0x2

/* The value after NAME, hexadecimal. */
static bool read_register(const char *registers, const char *name, unsigned long *ret)
{
        const char *p = strstr(registers, name);
        char *end;

        if (!p)
                return false;
        p += strlen(name);
        *ret = strtoul(p, &end, 16);
        return end != p;
}

/*
 * "RIP=000000000000fff0 RFL=00000046 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1"; EIP and EFL outside of 64 bits.
 * KVM does not say of a processor that was never started that it is halted: it stands where a reset puts it.
 */
static bool is_halted(const char *registers, bool first)
{
        const char *halt = strstr(registers, " HLT=");
        unsigned long flags, ip;

        if (!halt || !read_register(registers, "FL=", &flags) || flags & RFLAGS_IF)
                return false;
        if (halt[5] == '1')
                return true;
        return !first && read_register(registers, "IP=", &ip) && ip == RESET_IP && flags == RESET_FLAGS;
}

static int ask(struct halt *h, unsigned cpu)
{
        h->cpu = cpu;
        h->asked = true;
        return (int)cpu;
}

int halt_look(struct halt *h, bool idle)
{
        if (!idle) {
                h->halted = h->pause = h->passed = 0;
                return HALT_NOBODY;
        }
        if (h->asked || h->passed++ < h->pause)
                return HALT_NOBODY;
        h->passed = 0;
        return ask(h, 0);
}

int halt_answer(struct halt *h, const char *registers)
{
        if (!h->asked)
                return HALT_NOBODY;
        h->asked = false;
        if (!is_halted(str_empty(registers), h->cpu == 0)) {
                h->halted = 0;
                h->pause = h->pause < PAUSE_MAX ? h->pause * 2 + 1 : PAUSE_MAX;
                return HALT_NOBODY;
        }
        if (h->cpu + 1 < h->cpus)
                return ask(h, h->cpu + 1);
        h->pause = 0;
        h->halted++;
        return HALT_NOBODY;
}

bool halt_is_final(const struct halt *h)
{
        return h->halted >= FINAL_ROUNDS;
}
