/* A directory of its own for each test, removed with everything in it afterwards. */
#pragma once

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/tree.h"

struct scratch {
        char path[PATH_MAX / 4];
        int fd;
};

static inline int scratch_make(void **state)
{
        struct scratch *s = calloc(1, sizeof(*s));
        const char *base = getenv("TMPDIR");

        if (!s)
                return -1;
        snprintf(s->path, sizeof(s->path), "%s/apiary-unit.XXXXXX", base ? base : "/tmp");
        if (!mkdtemp(s->path))
                return -1;
        s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        *state = s;
        return s->fd < 0 ? -1 : 0;
}

static inline int scratch_drop(void **state)
{
        struct scratch *s = *state;
        struct error err = {0};
        int r = tree_remove_at(AT_FDCWD, s->path, &err);

        if (r < 0)
                print_error("%s\n", err.text);
        close(s->fd);
        free(s);
        return r;
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_drop)

/* Puts text into dir/name as it is. */
static inline void scratch_write(int dir, const char *name, const void *data, size_t len)
{
        int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, len), (ssize_t)len);
        close(fd);
}

static inline void scratch_puts(int dir, const char *name, const char *text)
{
        scratch_write(dir, name, text, strlen(text));
}
