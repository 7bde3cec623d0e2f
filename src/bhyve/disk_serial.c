/* The serial number of a disk that is given none: guests and scripts remember it, so it is the same on every
 * host. */
#include <md5.h>
#include <stdio.h>
#include <string.h>

#include "bhyve/bhyve.h"

void bhyve_disk_serial(const char *path, char ret[DISK_SERIAL_MAX])
{
        uint8_t d[MD5_DIGEST_LENGTH];
        MD5_CTX ctx;

        MD5Init(&ctx);
        MD5Update(&ctx, (const uint8_t *)path, strlen(path));
        MD5Final(d, &ctx);
        snprintf(ret, DISK_SERIAL_MAX, "BHYVE-%02X%02X-%02X%02X-%02X%02X", d[0], d[1], d[2], d[3], d[4],
                 d[5]);
}
