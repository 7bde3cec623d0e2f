/*
 * The install hook: makes the root directory of the zone, creates the volumes that are missing and say their
 * size, and writes a disk image to the boot disk.  Whatever it made is taken away again if it fails.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/size.h"
#include "base/strv.h"
#include "brand/brand.h"
#include "config/index.h"
#include "hook.h"
#include "image.h"
#include "machine/machine.h"
#include "skeleton.h"
#include "volume/volume.h"

#define USAGE "usage: install [-i raw,file]\n"

struct install {
        struct hook hook;
        const char *image; /* NULL: none */
        int zonepath_fd;
        bool made_zonepath, made_root;
        struct strv created; /* what the record names: volumes of an earlier install that was killed, */
        size_t n_before;     /* which are not touched here, and those of this one */
};

static volatile int stop;

static void on_signal(int number)
{
        (void)number;
        stop = 1;
}

/* raw,FILE.  1: usage. */
static int parse_image(const char *text, const char **ret, struct error *err)
{
        const char *file = strchr(text, ',');

        if (!file || !file[1])
                return 1;
        if (strncmp(text, "zfs,", 4) == 0)
                return error_set(err, EOPNOTSUPP,
                                 "%s: a ZFS stream can only be received by ZFS; a raw image is needed", text);
        if (strncmp(text, "raw,", 4) != 0)
                return 1;
        *ret = file + 1;
        return 0;
}

/* 1: usage. */
static int parse_options(int argc, char **argv, struct install *in, struct error *err)
{
        const char *zone = NULL, *zonepath = NULL, *image = NULL;
        int c, r = root_from_env(&in->hook.root, err);

        if (r < 0)
                return r;
        while ((c = getopt(argc, argv, "z:R:i:")) != -1) {
                if (c == 'z')
                        zone = optarg;
                else if (c == 'R')
                        zonepath = optarg;
                else if (c == 'i')
                        image = optarg;
                else
                        return 1;
        }
        if (optind != argc || !zone || !zonepath)
                return 1;
        r = hook_set_zone(&in->hook, zone, zonepath, err);
        return r < 0 || !image ? r : parse_image(image, &in->image, err);
}

/* The size property of a device or disk; a bare number means MiB, as vmadm writes it.  0: it says none. */
static int said_size(const struct resource *res, const char *name, uint64_t *ret, struct error *err)
{
        const char *text = resource_named(res, "property", "size");
        int r;

        *ret = 0;
        if (!text)
                return 0;
        r = size_parse(text, ret);
        if (r == 0 && isdigit((unsigned char)text[strlen(text) - 1]))
                r = __builtin_mul_overflow(*ret, (uint64_t)1 << 20, ret) ? -ERANGE : 0;
        if (r < 0 || *ret == 0)
                return error_set(err, EINVAL, "%s: size %s: a number of MiB, or with K, M, G or T, is needed",
                                 name, text);
        return 0;
}

/* Creates it and notes that; *ret_created stays false if it was there. */
static int ensure_volume(struct install *in, const char *name, uint64_t bytes, bool *ret_created,
                         struct error *err)
{
        const struct root *root = &in->hook.root;
        struct volume v = {0};
        uint64_t have;
        int r = volume_resolve(root, name, &v, err);

        *ret_created = false;
        if (r == 0)
                r = volume_size(root, &v, &have, err);
        if (r == -ENOENT && v.path) {
                r = volume_create(root, &v, bytes, err);
                if (r == 0) {
                        *ret_created = true;
                        strv_add(&in->created, v.name);
                        r = in->created.failed ? error_nomem(err)
                                               : record_save(in->zonepath_fd, &in->created, err);
                }
        }
        volume_clear(&v);
        return r;
}

static int create_volumes(struct install *in, const struct config *cfg, struct error *err)
{
        static const char *const kinds[][2] = {{"device", "match"}, {"disk", "path"}};

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                const struct resource *res = NULL;

                while ((res = config_next(cfg, kinds[i][0], res))) {
                        const char *name = str_empty(resource_get(res, kinds[i][1]));
                        uint64_t bytes;
                        bool created;
                        int r = said_size(res, name, &bytes, err);

                        if (r == 0 && bytes > 0)
                                r = ensure_volume(in, name, bytes, &created, err);
                        if (r == 0 && stop)
                                r = error_set(err, EINTR, "interrupted");
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* What an image for this disk may come to: the size of one that is there. */
static int most_for(const struct install *in, const char *name, uint64_t *ret_bytes, struct error *err)
{
        struct volume v = {0};
        int r = volume_resolve(&in->hook.root, name, &v, err);

        if (r == 0)
                r = volume_size(&in->hook.root, &v, ret_bytes, err);
        if (r == -ENOENT && v.path) {
                *ret_bytes = IMAGE_MAX;
                r = 0;
        }
        volume_clear(&v);
        return r;
}

static int open_disk(struct install *in, const char *name, uint64_t *ret_room, int *ret_fd, int *ret_lock,
                     struct error *err)
{
        struct volume v = {0};
        int r = volume_resolve(&in->hook.root, name, &v, err);

        if (r == 0)
                r = volume_size(&in->hook.root, &v, ret_room, err);
        if (r == 0)
                r = volume_open(&in->hook.root, &v, in->hook.zone, false, ret_fd, ret_lock, err);
        volume_clear(&v);
        return r;
}

static int write_image(struct install *in, const struct machine *m, struct error *err)
{
        const struct machine_device *boot = machine_next(m, ROLE_BOOTDISK, NULL);
        _cleanup_close_ int fd = -1, lock = -1;
        uint64_t bytes = 0, room = 0, most;
        bool fresh = false;
        int r;

        if (!boot)
                return error_set(err, ENODEV, "no boot disk: there is nothing to write the image to");
        r = most_for(in, boot->backend, &most, err);
        if (r == 0)
                r = image_size(in->image, most, &stop, &bytes, err);
        if (r == 0 && bytes % 512 != 0)
                r = error_set(err, EINVAL, "%s: not a disk image: its size is no multiple of 512", in->image);
        if (r == 0)
                r = ensure_volume(in, boot->backend, bytes, &fresh, err);
        if (r == 0)
                r = open_disk(in, boot->backend, &room, &fd, &lock, err);
        if (r < 0)
                return r;
        /* A volume that create_volumes made is as empty as one made here. */
        for (size_t i = in->n_before; i < in->created.n; i++)
                fresh = fresh || streq_null(volume_name(boot->backend), in->created.v[i]);
        if (bytes > room)
                return error_set(err, ENOSPC,
                                 "%s: the image (%llu bytes) is larger than the boot disk (%llu)", in->image,
                                 (unsigned long long)bytes, (unsigned long long)room);
        return image_write(in->image, fd, room, fresh, &stop, err);
}

static int install(struct install *in, struct error *err)
{
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_machine_ struct machine *m = NULL;
        struct index_entry entry = {0};
        int r = config_load(&in->hook.root, in->hook.zone, &cfg, err);

        if (r == 0)
                r = machine_from_config(&in->hook.root, cfg, NULL, &m, NULL, err);
        if (r < 0)
                return r;
        in->made_zonepath = mkdir(in->hook.zonepath, 0700) == 0;
        if (!in->made_zonepath && errno != EEXIST)
                return error_errno(err, errno, "%s", in->hook.zonepath);
        in->zonepath_fd = open(in->hook.zonepath, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (in->zonepath_fd < 0)
                return error_errno(err, errno, "%s", in->hook.zonepath);
        r = record_load(in->zonepath_fd, &in->created, err);
        in->n_before = in->created.n;
        if (r == 0 && index_lookup(&in->hook.root, in->hook.zone, &entry, NULL) < 0)
                entry.uuid[0] = '\0'; /* install makes one only for a zone of the index */
        if (r == 0)
                r = skeleton_make(in->zonepath_fd, entry.uuid, &in->made_root, err);
        index_entry_clear(&entry);
        if (r == 0)
                r = create_volumes(in, cfg, err);
        if (r == 0 && in->image)
                r = write_image(in, m, err);
        return r;
}

/* Leaves things as they were; what cannot be undone is said, and stays in the record for uninstall. */
static void undo(struct install *in)
{
        struct strv left = {0};

        for (size_t i = 0; i < in->created.n; i++) {
                struct error err = {0};
                struct volume v = {0};
                int r;

                if (i < in->n_before) {
                        strv_add(&left, in->created.v[i]);
                        continue;
                }
                r = volume_resolve(&in->hook.root, in->created.v[i], &v, &err);

                if (r == 0)
                        r = volume_destroy(&in->hook.root, &v, &err);
                if (r < 0) {
                        fprintf(stderr, "%s\n", err.text);
                        strv_add(&left, in->created.v[i]);
                }
                volume_clear(&v);
        }
        if (in->zonepath_fd >= 0) {
                if (left.n > 0)
                        record_save(in->zonepath_fd, &left, NULL);
                else
                        unlinkat(in->zonepath_fd, RECORD_FILE, 0);
                if (in->made_root)
                        skeleton_remove(in->zonepath_fd, NULL);
        }
        if (in->made_zonepath)
                rmdir(in->hook.zonepath);
        strv_free(&left);
}

int main(int argc, char **argv)
{
        struct install in = {.zonepath_fd = -1};
        struct sigaction action = {.sa_handler = on_signal};
        struct error err = {0};
        int r;

        if (help_asked(argc, argv, USAGE))
                return EXIT_SUCCESS;
        r = parse_options(argc, argv, &in, &err);
        umask(022);
        if (r > 0) {
                fputs(USAGE, stderr);
                return BRAND_EXIT_USAGE;
        }
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGHUP, &action, NULL);
        if (r == 0) {
                r = install(&in, &err);
                if (r < 0)
                        undo(&in);
        }
        if (r < 0)
                fprintf(stderr, "%s\n", err.text);
        strv_free(&in.created);
        cleanup_close(&in.zonepath_fd);
        return r < 0 ? BRAND_EXIT_INCOMPLETE : BRAND_OK;
}
