/* What the benchmarks share: the clock, medians, and processes that are started and waited for. */
#pragma once

#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline double now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static inline int compare_ms(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* The value below which a fraction q of the n values lie; sorts them. */
static inline double quantile(double *ms, int n, double q)
{
        qsort(ms, (size_t)n, sizeof(*ms), compare_ms);
        return ms[(int)(q * (n - 1) + 0.5)];
}
