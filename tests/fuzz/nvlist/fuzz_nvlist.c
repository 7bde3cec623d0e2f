/* Feeds arbitrary bytes to the nvlist reader; the key is the one that zhyve looks for. */
#include <stddef.h>
#include <stdint.h>

#include "nvlist/nvlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char **strings;
        size_t n;

        if (nvlist_unpack_strings(data, size, "zhyve_args", &strings, &n, NULL) == 0)
                nvlist_free(strings);
        if (nvlist_unpack_strings(data, size, "bhyve_args", &strings, &n, NULL) == 0)
                nvlist_free(strings);
        return 0;
}
