/* mkargs FILE WORD...: writes the words as zhyve.args, for tests that run zhyve. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "nvlist/nvlist.h"

int main(int argc, char **argv)
{
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ void *data = NULL;
        size_t len;
        int r;

        if (argc < 3)
                return 2;
        r = nvlist_pack_strings("zhyve_args", (const char *const *)argv + 2, (size_t)argc - 2, NVLIST_XDR,
                                &data, &len);
        f = fopen(argv[1], "w");
        if (r < 0 || !f || fwrite(data, 1, len, f) != len) {
                fprintf(stderr, "mkargs: %s: %s\n", argv[1], strerror(-r));
                return 1;
        }
        return 0;
}
