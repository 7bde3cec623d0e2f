/*
 * Scope-bound clean-up: a variable declared with _cleanup_(f) has f(&variable) called when it goes out of
 * scope, so that every early return releases what was acquired.  TAKE_PTR and TAKE_FD hand a value on and
 * disarm the clean-up.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void cleanup_free(void *p)
{
        free(*(void **)p);
}

/* Closes *fd unless it is negative; keeps errno, so that it is safe after a failing call. */
void cleanup_close(int *fd);
void cleanup_fclose(FILE **f);

#define _cleanup_free_   _cleanup_(cleanup_free)
#define _cleanup_close_  _cleanup_(cleanup_close)
#define _cleanup_fclose_ _cleanup_(cleanup_fclose)

#define TAKE_PTR(p)                                                                                          \
        ({                                                                                                   \
                __typeof__(p) _taken = (p);                                                                  \
                (p) = NULL;                                                                                  \
                _taken;                                                                                      \
        })

static inline int take_fd(int *fd)
{
        int taken = *fd;

        *fd = -1;
        return taken;
}
#define TAKE_FD(fd) take_fd(&(fd))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
