/* Numbers that look random and are the same in every run with the same seed. */
#pragma once

static unsigned seed;

/* From 0 up to below n. */
static inline unsigned pick(unsigned n)
{
        seed = seed * 1103515245u + 12345u;
        return (seed >> 16) % n;
}
