/*
 * The probe's finding, kept for one boot of the host in /run/zones/accel:
 *
 *   BOOT-ID DEVICE INODE CHANGED yes|no|late WHY
 *
 * The three numbers are those of /dev/kvm, so that a module loaded later, or with other parameters, is tried
 * again.  A file that does not say exactly this is as good as none.
 */
#include "accel/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

#define CACHE    "accel"
#define KEY_SIZE 160

static int make_key(char key[KEY_SIZE])
{
        _cleanup_free_ char *boot = NULL;
        struct stat st = {0};
        _cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
        int r = fd < 0 ? -errno : fs_read_fd(fd, 64, &boot, NULL);

        if (r < 0 || !boot)
                return r < 0 ? r : -EIO;
        boot[strcspn(boot, "\n")] = '\0';
        if (stat("/dev/kvm", &st) < 0)
                st = (struct stat){0};
        snprintf(key, KEY_SIZE, "%s %lx %lu %lld.%09ld", boot, (unsigned long)st.st_rdev,
                 (unsigned long)st.st_ino, (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
        return 0;
}

/* True if the text is a finding for this key; *ret_late if it is one that has to be made once more. */
static bool parse(const char *text, const char *key, struct accel *ret, bool *ret_late)
{
        size_t n = strlen(key), len;

        *ret_late = false;

        if (strncmp(text, key, n) != 0 || text[n] != ' ')
                return false;
        text += n + 1;
        *ret_late = strncmp(text, "late ", 5) == 0;
        ret->kvm = strncmp(text, "yes", 3) == 0;
        if (!ret->kvm && strncmp(text, "no ", 3) != 0)
                return false;
        text += 3;
        len = strcspn(text, "\n");
        if (text[len] != '\n' || len >= sizeof(ret->why) || (ret->kvm && len > 0) || (!ret->kvm && len == 0))
                return false;
        ret->late = false;
        memcpy(ret->why, text, len);
        ret->why[len] = '\0';
        return true;
}

int accel_get(const struct root *root, struct accel *ret, struct error *err)
{
        _cleanup_close_ int dir = root_make_dir(root, ZONES_RUN, 0700, err);
        _cleanup_free_ char *text = NULL;
        char key[KEY_SIZE], line[KEY_SIZE + sizeof(ret->why) + 8];
        bool second = false;
        int r;

        if (dir < 0)
                return dir;
        r = make_key(key);
        if (r < 0)
                return error_errno(err, r, "boot id");
        if (fs_read_at(dir, CACHE, sizeof(line), &text, NULL) == 0 && parse(text, key, ret, &second))
                return 0;
        r = accel_probe(ret, err);
        if (r < 0)
                return r;
        snprintf(line, sizeof(line), "%s %s%s%s\n", key,
                 ret->kvm               ? "yes"
                 : ret->late && !second ? "late"
                                        : "no",
                 ret->kvm ? "" : " ", ret->why);
        /* Without the file the next boot of a zone asks again; that is all. */
        (void)fs_replace_volatile_at(dir, CACHE, line, strlen(line), 0600);
        return 0;
}
