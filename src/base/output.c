/* Watches over standard output until the program ends; see output.h. */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *guarded;

static void check(void)
{
        bool failed = ferror(stdout), flushed = fflush(stdout) == 0;

        if (flushed && !failed)
                return;
        /* Of an earlier failure, nobody knows the reason any more; one byte behind what is incomplete tells.
         */
        if (flushed && write(STDOUT_FILENO, "\n", 1) == 1)
                errno = EIO;
        fprintf(stderr, "%s: standard output: %s\n", guarded, strerror(errno));
        _exit(EXIT_FAILURE);
}

/* The wrong way round: to use them fails, as it does with a closed one. */
static bool fill(int fd)
{
        return fcntl(fd, F_GETFD) >= 0 || errno != EBADF ||
               open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_NOCTTY) == fd;
}

void output_guard(const char *program)
{
        /* A descriptor that stays closed is as it was before; nothing better can be done about it here. */
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && fill(fd); fd++)
                ;
        guarded = program;
        atexit(check);
}
