/*
 * What the engine sends costs CPU time of the host that no limit of the zone counts.  So each of its channels
 * is read up to an allowance in a tenth of a second, and then not before the next; the engine waits
 * meanwhile.  The allowances are far above what consoles and control channels carry.
 */
#include <time.h>

#include "zoneadmd/daemon.h"

#define WINDOW_MS  100
#define LEAST_COST 4096 /* bytes: a read of one byte costs about as much as one of so many */

static long long this_window(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * (1000LL / WINDOW_MS) + now.tv_nsec / (WINDOW_MS * 1000000LL);
}

static void release(evutil_socket_t fd, short what, void *arg)
{
        struct brake *brake = arg;

        (void)fd;
        (void)what;
        event_add(brake->source, NULL);
}

void brake_open(struct brake *brake, struct event *source, size_t allowance)
{
        *brake = (struct brake){.source = source, .allowance = allowance};
        brake->timer = evtimer_new(event_get_base(source), release, brake);
}

void brake_count(struct brake *brake, size_t bytes)
{
        const struct timeval pause = {.tv_usec = WINDOW_MS * 1000};
        long long window = this_window();

        if (window != brake->window)
                brake->used = 0;
        brake->window = window;
        brake->used += bytes > LEAST_COST ? bytes : LEAST_COST;
        if (brake->used <= brake->allowance || !brake->timer || event_add(brake->timer, &pause) < 0)
                return;
        event_del(brake->source);
}

void brake_rest(struct brake *brake, long usec)
{
        const struct timeval pause = {.tv_usec = usec};

        if (brake->timer && event_add(brake->timer, &pause) == 0)
                event_del(brake->source);
}

void brake_close(struct brake *brake)
{
        if (brake->timer)
                event_free(brake->timer);
        *brake = (struct brake){0};
}
