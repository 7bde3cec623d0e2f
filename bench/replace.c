/*
 * The least that saving a zone can cost: its two files, the configuration and the index, replaced durably,
 * and nothing else.  What zonecfg takes beyond this is its own.
 *
 *   bench-replace DIRECTORY XML INDEX
 */
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/fs.h"

static int replace(int dir, const char *from, const char *name)
{
        _cleanup_free_ char *data = NULL;
        size_t len;
        int r = fs_read_at(AT_FDCWD, from, 64 * 1024 * 1024, &data, &len);

        return r < 0 ? r : fs_replace_at(dir, name, data, len, 0644);
}

int main(int argc, char **argv)
{
        _cleanup_close_ int dir = argc == 4 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

        if (dir < 0 || replace(dir, argv[2], "xml") < 0 || replace(dir, argv[3], "index") < 0) {
                fprintf(stderr, "usage: bench-replace DIRECTORY XML INDEX\n");
                return 1;
        }
        return 0;
}
