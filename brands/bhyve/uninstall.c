/*
 * The uninstall hook: takes away what install made.  Volumes go only if install created them; files that
 * somebody else put into the zonepath stay.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "base/tree.h"
#include "brand/brand.h"
#include "hook.h"
#include "skeleton.h"
#include "volume/volume.h"

#define USAGE "usage: uninstall -z zone -R zonepath [-F]\n"

/* A volume that a running zone uses is not pulled away from under it. */
static int check_free(const struct hook *h, const struct volume *v, struct error *err)
{
        _cleanup_close_ int fd = -1, lock = -1;
        int r = volume_open(&h->root, v, h->zone, false, &fd, &lock, err);

        return r == -ENOENT ? 0 : r;
}

static int destroy_volumes(const struct hook *h, int zonepath_fd, struct error *err)
{
        struct strv names = {0};
        int r = record_load(zonepath_fd, &names, err);

        /* Two rounds, so that one volume in use leaves all of them as they are. */
        for (int round = 0; round < 2; round++)
                for (size_t i = 0; r == 0 && i < names.n; i++) {
                        struct volume v = {0};

                        r = volume_resolve(&h->root, names.v[i], &v, err);
                        if (r == 0 && round == 0)
                                r = check_free(h, &v, err);
                        else if (r == 0)
                                r = volume_destroy(&h->root, &v, err);
                        volume_clear(&v);
                }
        strv_free(&names);
        if (r == 0 && unlinkat(zonepath_fd, RECORD_FILE, 0) < 0 && errno != ENOENT)
                r = error_errno(err, errno, RECORD_FILE);
        return r;
}

static int uninstall(const struct hook *h, struct error *err)
{
        _cleanup_close_ int fd = open(h->zonepath, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int r;

        if (fd < 0)
                return errno == ENOENT ? 0 : error_errno(err, errno, "%s", h->zonepath);
        r = tree_check_mounts(fd, "root", err);
        if (r == 0)
                r = tree_check_mounts(fd, "tpm", err);
        if (r == 0)
                r = tree_check_mounts(fd, "log", err);
        if (r == 0)
                r = destroy_volumes(h, fd, err);
        if (r == 0)
                r = skeleton_remove(fd, err);
        if (r < 0)
                return error_prefix(err, "%s", h->zonepath);
        if (rmdir(h->zonepath) < 0)
                fprintf(stderr, "%s: kept, because %s\n", h->zonepath,
                        errno == EBUSY ? "a file system is mounted there" : "other files are in it");
        return 0;
}

int main(int argc, char **argv)
{
        struct hook h = {0};
        struct error err = {0};
        const char *zone = NULL, *zonepath = NULL;
        bool usage = false;
        int c, r;

        if (help_asked(argc, argv, USAGE))
                return EXIT_SUCCESS;
        r = root_from_env(&h.root, &err);
        while (r == 0 && (c = getopt(argc, argv, "z:R:F")) != -1) {
                if (c == 'z')
                        zone = optarg;
                else if (c == 'R')
                        zonepath = optarg;
                else if (c != 'F') /* nothing is asked here, so nothing is there to force */
                        usage = true;
        }
        if (r == 0 && (usage || optind != argc || !zone || !zonepath)) {
                fputs(USAGE, stderr);
                return BRAND_EXIT_USAGE;
        }
        if (r == 0)
                r = hook_set_zone(&h, zone, zonepath, &err);
        if (r == 0)
                r = uninstall(&h, &err);
        if (r < 0)
                fprintf(stderr, "%s\n", err.text);
        return r < 0 ? BRAND_EXIT_FATAL : BRAND_OK;
}
