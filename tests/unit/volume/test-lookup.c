/* Which lookups of the host pass a directory, and where a directory is in its file system. */
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

#include "base/cleanup.h"
#include "base/tree.h"
#include "volume/lookup.h"

static char top[] = "/tmp/test-lookup.XXXXXX", text[PATH_MAX];

static const char *at(const char *path)
{
        snprintf(text, sizeof(text), "%s%s", top, path);
        return text;
}

static int setup(void **state)
{
        static const char *const dirs[] = {"/srv", "/srv/share", "/srv/share/sub", "/srv/share-2", "/other"};

        (void)state;
        if (!mkdtemp(top))
                return -1;
        for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
                if (mkdir(at(dirs[i]), 0755) < 0)
                        return -1;
        if (symlink("../srv/share/sub", at("/other/link")) < 0 || symlink("round", at("/other/round")) < 0)
                return -1;
        return symlink("/etc", at("/srv/share/out"));
}

static int teardown(void **state)
{
        (void)state;
        return tree_remove_at(AT_FDCWD, top, NULL);
}

static int open_dir(const char *path)
{
        int fd = open(at(path), O_PATH | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

/* Without a list of mounts, the inode has to do. */
static struct place place_of(const char *mounts, const char *path)
{
        _cleanup_close_ int fd = open_dir(path);
        struct place place;

        assert_int_equal(lookup_place(mounts, fd, &place), 0);
        return place;
}

static void a_lookup_passes_what_is_on_its_way_through_links_and_dots(void **state)
{
        struct place share = place_of("", "/srv/share");

        (void)state;
        assert_true(lookup_passes("", &share, at("/srv/share/sub"), false));
        assert_true(lookup_passes("", &share, at("/srv/share/absent"), false));
        assert_true(lookup_passes("", &share, at("/other/link/disk.img"), false));
        assert_true(lookup_passes("", &share, at("/srv/share/../share-2/a"), false));
        assert_true(lookup_passes("", &share, at("/srv/share/out/passwd"), false));
        assert_false(lookup_passes("", &share, at("/srv/share-2/a"), false));
        assert_false(lookup_passes("", &share, at("/srv"), true));
        assert_false(lookup_passes("", &share, at("/srv/absent/share/a"), false));
        assert_false(lookup_passes("", &share, at("/other/round/a"), false));
}

static void the_directory_itself_counts_only_if_it_is_to(void **state)
{
        struct place share = place_of("", "/srv/share");

        (void)state;
        assert_false(lookup_passes("", &share, at("/srv/share"), false));
        assert_true(lookup_passes("", &share, at("/srv/share/"), true));
}

static void what_is_below_has_it_among_its_parents(void **state)
{
        _cleanup_close_ int sub = open_dir("/srv/share/sub"), same = open_dir("/srv/share"),
                            beside = open_dir("/srv/share-2"), above = open_dir("/srv");
        struct place share = place_of("", "/srv/share");

        (void)state;
        assert_true(lookup_below("", &share, sub));
        assert_false(lookup_below("", &share, same));
        assert_false(lookup_below("", &share, beside));
        assert_false(lookup_below("", &share, above));
}

/* As if the mount that top is on were one of a directory of the file system 8:1, at a place with a blank. */
static void say_mount(char *ret, size_t size, const char *dir, const char *point)
{
        _cleanup_close_ int fd = open_dir("");
        struct statx stx;

        assert_int_equal(statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx), 0);
        snprintf(ret, size, "1 0 8:2 / /none rw - ext4 /dev/x rw\n%llu 1 8:1 %s %s rw - ext4 /dev/x rw\n",
                 (unsigned long long)stx.stx_mnt_id, dir, point);
}

static void the_place_is_the_mounts_own_directory_and_what_follows_its_point(void **state)
{
        char mounts[PATH_MAX];

        (void)state;
        say_mount(mounts, sizeof(mounts), "/a\\040b", top);
        assert_string_equal(place_of(mounts, "/srv").path, "/a b/srv");
        assert_string_equal(place_of(mounts, "").path, "/a b");
        assert_int_equal(place_of(mounts, "").major, 8);
        assert_int_equal(place_of(mounts, "").minor, 1);
        say_mount(mounts, sizeof(mounts), "/", top);
        assert_string_equal(place_of(mounts, "/srv").path, "/srv");
        assert_string_equal(place_of(mounts, "").path, "/");
        say_mount(mounts, sizeof(mounts), "/", "/");
        assert_string_equal(place_of(mounts, "/srv").path, at("/srv"));
        say_mount(mounts, sizeof(mounts), "/", "/elsewhere");
        assert_string_equal(place_of(mounts, "/srv").path, "");
}

static void a_place_below_that_of_the_directory_is_passed_whatever_led_there(void **state)
{
        char mounts[PATH_MAX];
        struct place share = {.major = 8, .minor = 1, .path = "/a/share"};

        (void)state;
        say_mount(mounts, sizeof(mounts), "/a/share/deep", top);
        assert_true(lookup_passes(mounts, &share, at("/srv"), false));
        say_mount(mounts, sizeof(mounts), "/a/share-2", top);
        assert_false(lookup_passes(mounts, &share, at("/srv"), true));
        say_mount(mounts, sizeof(mounts), "/a/share/deep", top);
        share.minor = 2;
        assert_false(lookup_passes(mounts, &share, at("/srv"), true));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_lookup_passes_what_is_on_its_way_through_links_and_dots),
            cmocka_unit_test(the_directory_itself_counts_only_if_it_is_to),
            cmocka_unit_test(what_is_below_has_it_among_its_parents),
            cmocka_unit_test(the_place_is_the_mounts_own_directory_and_what_follows_its_point),
            cmocka_unit_test(a_place_below_that_of_the_directory_is_passed_whatever_led_there),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
