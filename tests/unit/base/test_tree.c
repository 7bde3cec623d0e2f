/* Removing a directory with everything in it, when what is in it may be hostile. */
#include "../scratch.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/tree.h"

static bool there(int dir, const char *name)
{
        struct stat st;

        return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void a_tree_goes_with_files_links_fifos_and_directories(void **state)
{
        struct scratch *s = *state;
        struct error err = {0};

        assert_int_equal(mkdirat(s->fd, "zone", 0755), 0);
        assert_int_equal(mkdirat(s->fd, "zone/a", 0755), 0);
        assert_int_equal(mkdirat(s->fd, "zone/a/b", 0700), 0);
        assert_int_equal(mkfifoat(s->fd, "zone/a/fifo", 0600), 0);
        scratch_puts(s->fd, "zone/a/b/file", "x");
        assert_int_equal(tree_remove_at(s->fd, "zone", &err), 0);
        assert_false(there(s->fd, "zone"));
}

static void links_in_a_tree_are_removed_and_never_followed(void **state)
{
        struct scratch *s = *state;
        struct error err = {0};

        assert_int_equal(mkdirat(s->fd, "host", 0755), 0);
        scratch_puts(s->fd, "host/file", "x");
        assert_int_equal(mkdirat(s->fd, "zone", 0755), 0);
        assert_int_equal(symlinkat("../host", s->fd, "zone/up"), 0);
        assert_int_equal(symlinkat("host", s->fd, "link"), 0);
        assert_int_equal(tree_remove_at(s->fd, "zone", &err), 0);
        assert_int_equal(tree_remove_at(s->fd, "link", &err), 0);
        assert_false(there(s->fd, "zone"));
        assert_false(there(s->fd, "link"));
        assert_true(there(s->fd, "host/file"));
}

static void a_tree_that_is_not_there_is_a_success_and_a_file_is_removed(void **state)
{
        struct scratch *s = *state;
        struct error err = {0};

        assert_int_equal(tree_remove_at(s->fd, "none", &err), 0);
        scratch_puts(s->fd, "file", "x");
        assert_int_equal(tree_remove_at(s->fd, "file", &err), 0);
        assert_false(there(s->fd, "file"));
}

static void depth_beyond_every_path_limit_is_removed(void **state)
{
        struct scratch *s = *state;
        struct error err = {0};
        int at;

        assert_int_equal(mkdirat(s->fd, "deep", 0755), 0);
        at = openat(s->fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (int i = 0; i < 3000; i++) {
                int next;

                assert_int_equal(mkdirat(at, "directory", 0755), 0);
                next = openat(at, "directory", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_true(next >= 0);
                close(at);
                at = next;
        }
        close(at);
        assert_int_equal(tree_remove_at(s->fd, "deep", &err), 0);
        assert_false(there(s->fd, "deep"));
}

static void a_mounted_file_system_is_refused_before_anything_goes(void **state)
{
        struct scratch *s = *state;
        struct error err = {0};
        char path[PATH_MAX], want[PATH_MAX + 64];

        assert_int_equal(mkdirat(s->fd, "zone", 0755), 0);
        assert_int_equal(mkdirat(s->fd, "zone/a mount", 0755), 0);
        scratch_puts(s->fd, "zone/file", "x");
        snprintf(path, sizeof(path), "%s/zone/a mount", s->path);
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", path, "tmpfs", 0, "size=16k") < 0) {
                print_message("needs the right to mount: %s\n", strerror(errno));
                skip();
        }
        assert_int_equal(tree_remove_at(s->fd, "zone", &err), -EBUSY);
        snprintf(want, sizeof(want), "%s: a file system is mounted there", path);
        assert_string_equal(err.text, want);
        assert_true(there(s->fd, "zone/file"));
        assert_int_equal(umount(path), 0);
        assert_int_equal(tree_remove_at(s->fd, "zone", &err), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            scratch_test(a_tree_goes_with_files_links_fifos_and_directories),
            scratch_test(links_in_a_tree_are_removed_and_never_followed),
            scratch_test(a_tree_that_is_not_there_is_a_success_and_a_file_is_removed),
            scratch_test(depth_beyond_every_path_limit_is_removed),
            scratch_test(a_mounted_file_system_is_refused_before_anything_goes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
