/* The memory of the machine, and whether the zone's limits and the host have room for it. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/cleanup.h"
#include "base/size.h"
#include "limits/limits.h"
#include "machine/builder.h"
#include "machine/overridden.h"

#define RAM_MIN     (1 << 20) /* below it no firmware runs */
#define DEFAULT_RAM "1G"

const char *const memory_cap[2] = {"physical", "swap"};

static uint64_t mib(uint64_t bytes)
{
        return (bytes + (1 << 20) - 1) >> 20;
}

/* bhyve -m has no fractions and reads small bare numbers as MiB: bytes in a form that it reads back the same.
 */
static const char *ram_text(struct builder *b, uint64_t bytes)
{
        static const char units[] = "GMK";

        for (int i = 0; i < 3; i++) {
                int shift = 30 - 10 * i;

                if (bytes && bytes % ((uint64_t)1 << shift) == 0)
                        return keepf(b, "%" PRIu64 "%c", bytes >> shift, units[i]);
        }
        return keepf(b, "%" PRIu64 "B", bytes);
}

/* bhyve reads 010M as eight: nobody means that, and whoever means ten can write it. */
static bool is_decimal(struct builder *b, const char *where, const char *size)
{
        if (size[0] != '0' || (!isdigit((unsigned char)size[1]) && tolower((unsigned char)size[1]) != 'x'))
                return true;
        problem(b, "%s %s: a decimal number without a zero in front is needed", where, size);
        return false;
}

static const char *guest_memory(struct builder *b, uint64_t *ret_bytes)
{
        const struct resource *res = config_first(b->cfg, "capped-memory");
        const char *guest = res ? resource_get(res, "guest") : NULL;
        uint64_t as_ram;

        if (!guest || !is_decimal(b, "capped-memory guest", guest))
                return NULL;
        if (size_parse(guest, ret_bytes) < 0 || *ret_bytes < RAM_MIN || *ret_bytes % 4096) {
                problem(b, "capped-memory guest %s: a size of at least 1M in whole pages of 4K is needed",
                        guest);
                return NULL;
        }
        /* As written where bhyve reads it the same. */
        if (!isdigit((unsigned char)guest[strlen(guest) - 1]) && size_parse_ram(guest, &as_ram) == 0 &&
            as_ram == *ret_bytes)
                return guest;
        return ram_text(b, *ret_bytes);
}

/*
 * capped-memory physical and swap are limits of all that the zone has, and the guest's memory is nearly all
 * of it: with less than the guest may use, the host ends the zone when the guest does use it.  The engine's
 * own share is only told, for how much it needs depends on the guest.
 */
static void check_caps(struct builder *b, const char *where)
{
        uint64_t ram = b->m->ram_bytes, enough = ram + LIMITS_ENGINE_LEAST, cap;
        char text[24];

        for (size_t i = 0; i < ARRAY_SIZE(memory_cap); i++) {
                if (config_rctl(b->cfg, memory_cap[i], &cap) < 0 || cap == 0)
                        continue;
                b->m->cap[i] = cap;
                if (cap >= enough)
                        continue;
                snprintf(text, sizeof(text), "%" PRIu64 "%s", cap >> 20 ? cap >> 20 : cap,
                         cap >> 20 ? "M" : "");
                if (cap < ram)
                        problem(b,
                                "capped-memory %s %s is less than the guest has (%s %s); set it to at least "
                                "%" PRIu64 "M, or clear it",
                                memory_cap[i], text, where, b->m->ram, mib(enough));
                else
                        strv_addf(
                            &b->m->doubtful,
                            "capped-memory %s %s: the guest has %s of it, and the engine needs some too; "
                            "%" PRIu64 "M is enough",
                            memory_cap[i], text, b->m->ram, mib(enough));
        }
}

void build_ram(struct builder *b)
{
        uint64_t bytes = 0, guest_bytes = 0;
        const char *ram = attr_get(b, "ram"), *guest = guest_memory(b, &guest_bytes);
        int r;

        if (ram && !is_decimal(b, "attr ram", ram))
                ram = NULL;
        r = ram ? size_parse_ram(ram, &bytes) : 0;

        if (r == -ERANGE) {
                problem(b, "attr ram %s: larger than the memory of any machine", ram);
                ram = NULL;
        } else if (ram && r == 0 && bytes >= RAM_MIN && bytes % 4096) {
                problem(b, "attr ram %s: no whole number of pages of 4096 bytes", ram);
                ram = NULL;
        } else if (ram && (r < 0 || bytes < RAM_MIN)) {
                problem(b, "attr ram %s: a number with at most one of b k m g t p e, at least 1M, is needed",
                        *ram ? ram : "(empty)");
                ram = NULL;
        }
        if (ram && guest && bytes != guest_bytes)
                problem(b, "attr ram says %s, but capped-memory guest says %s", ram, guest);
        if (!ram && guest) {
                ram = guest;
                bytes = guest_bytes;
        } else if (!ram) {
                ram = DEFAULT_RAM;
                bytes = (uint64_t)1 << 30;
        }
        b->m->ram = copy(b, ram);
        b->m->ram_bytes = bytes;
        note_opt(b, "ram", ram);
        check_caps(b, guest && ram == guest ? "capped-memory guest" : "ram");
}

/* What extra asks for, which wins over what the attributes say.  0: it says nothing of memory, or the host
 * has it. */
static int extra_fits(const struct machine *m, uint64_t have, bool *ret_said, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *tree = NULL;
        struct overridden_memory memory;
        char text[24], disks[64] = "";

        *ret_said =
            m->extra.n > 0 && machine_parse(m, &tree, NULL) == 0 && overridden_memory(m, tree, &memory);
        if (!*ret_said || memory.ram + memory.disks <= have)
                return 0;
        size_format(have, text, sizeof(text));
        if (memory.disks > 0)
                snprintf(disks, sizeof(disks), ", %" PRIu64 "M of it disks in memory", mib(memory.disks));
        return error_set(err, ENOMEM,
                         "attr extra: memory of %" PRIu64 "M%s: this host has %s of memory and swap",
                         mib(memory.ram + memory.disks), disks, text);
}

int machine_fits_host(const struct machine *m, struct error *err)
{
        struct sysinfo info;
        uint64_t have;
        char text[24];
        bool said;
        int r;

        if (sysinfo(&info) < 0)
                return 0;
        have = ((uint64_t)info.totalram + info.totalswap) * info.mem_unit;
        r = extra_fits(m, have, &said, err);
        if (r < 0 || said || m->ram_bytes <= have)
                return r;
        size_format(have, text, sizeof(text));
        return error_set(err, ENOMEM, "ram %s: this host has %s of memory and swap", m->ram, text);
}
