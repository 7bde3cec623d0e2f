/* Replacing a file: a reader sees the old one or the new one, whatever happens to the writer. */
#include "../scratch.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fs.h"

#define WHOLE 50000 /* bytes: several writes' worth, so that a kill can fall in between */

static char *filled(char c)
{
        char *data = malloc(WHOLE + 1);

        assert_non_null(data);
        memset(data, c, WHOLE);
        data[WHOLE] = '\0';
        return data;
}

static void expect_file(int dir, const char *name, const char *text)
{
        _cleanup_free_ char *data = NULL;

        assert_int_equal(fs_read_at(dir, name, WHOLE, &data, NULL), 0);
        assert_string_equal(data, text);
}

static size_t count_entries(int dir)
{
        DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        size_t n = 0;

        assert_non_null(d);
        for (struct dirent *e; (e = readdir(d));)
                n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
        closedir(d);
        return n;
}

static void a_replaced_file_has_the_new_text_and_the_mode_asked_for(void **state)
{
        struct scratch *s = *state;
        mode_t old = umask(0077);
        struct stat st;

        assert_int_equal(fs_replace_at(s->fd, "file", "one", 3, 0644), 0);
        expect_file(s->fd, "file", "one");
        assert_int_equal(fs_replace_at(s->fd, "file", "two!", 4, 0600), 0);
        expect_file(s->fd, "file", "two!");
        assert_int_equal(fstatat(s->fd, "file", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(fs_replace_volatile_at(s->fd, "file", "", 0, 0644), 0);
        expect_file(s->fd, "file", "");
        assert_int_equal(fstatat(s->fd, "file", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
        assert_int_equal(count_entries(s->fd), 1);
        umask(old);
}

static void a_link_in_the_place_of_the_file_is_replaced_not_followed(void **state)
{
        struct scratch *s = *state;
        struct stat st;

        scratch_puts(s->fd, "victim", "untouched");
        assert_int_equal(symlinkat("victim", s->fd, "file"), 0);
        assert_int_equal(fs_replace_at(s->fd, "file", "new", 3, 0644), 0);
        expect_file(s->fd, "victim", "untouched");
        assert_int_equal(fstatat(s->fd, "file", &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_true(S_ISREG(st.st_mode));
}

static void names_with_a_slash_or_without_room_are_refused(void **state)
{
        struct scratch *s = *state;
        char name[NAME_MAX + 1];

        memset(name, 'n', NAME_MAX);
        name[NAME_MAX] = '\0';
        assert_true(fs_replace_at(s->fd, "../file", "x", 1, 0644) < 0);
        assert_true(fs_replace_at(s->fd, name, "x", 1, 0644) < 0);
        assert_int_equal(count_entries(s->fd), 0);
}

static void a_directory_in_the_place_of_the_file_stays_and_nothing_is_left(void **state)
{
        struct scratch *s = *state;

        assert_int_equal(mkdirat(s->fd, "file", 0755), 0);
        assert_true(fs_replace_at(s->fd, "file", "x", 1, 0644) < 0);
        assert_int_equal(count_entries(s->fd), 1);
}

static void leftovers_of_killed_writers_are_in_nobodys_way(void **state)
{
        struct scratch *s = *state;
        char name[64];

        for (unsigned i = 0; i < 100; i++) {
                snprintf(name, sizeof(name), ".file.%d.%u", (int)getpid(), i);
                scratch_puts(s->fd, name, "leftover");
        }
        assert_int_equal(fs_replace_at(s->fd, "file", "new", 3, 0644), 0);
        expect_file(s->fd, "file", "new");
}

static void a_writer_killed_at_any_moment_leaves_the_old_or_the_new_file(void **state)
{
        struct scratch *s = *state;
        _cleanup_free_ char *a = filled('a'), *b = filled('b');

        assert_int_equal(fs_replace_at(s->fd, "file", a, WHOLE, 0644), 0);
        for (int round = 0; round < 60; round++) {
                _cleanup_free_ char *seen = NULL;
                size_t len;
                pid_t pid = fork();

                assert_true(pid >= 0);
                if (pid == 0)
                        for (;;)
                                if (fs_replace_volatile_at(s->fd, "file", b, WHOLE, 0644) < 0 ||
                                    fs_replace_at(s->fd, "file", a, WHOLE, 0644) < 0)
                                        _exit(1);
                usleep((useconds_t)(200 + round * 173));
                kill(pid, SIGKILL);
                waitpid(pid, NULL, 0);
                assert_int_equal(fs_read_at(s->fd, "file", WHOLE, &seen, &len), 0);
                assert_int_equal(len, WHOLE);
                assert_true(strcmp(seen, a) == 0 || strcmp(seen, b) == 0);
        }
        assert_int_equal(fs_replace_at(s->fd, "file", "next", 4, 0644), 0);
        expect_file(s->fd, "file", "next");
}

static void on_a_full_disk_the_old_file_stays_and_no_temporary_one(void **state)
{
        struct scratch *s = *state;
        _cleanup_free_ char *big = filled('x');
        _cleanup_close_ int dir = -1;

        /* A mount namespace of our own: the file system goes when this process does. */
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", s->path, "tmpfs", 0, "size=16k") < 0) {
                print_message("needs the right to mount: %s\n", strerror(errno));
                skip();
        }
        dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(dir >= 0);
        assert_int_equal(fs_replace_at(dir, "file", "old", 3, 0644), 0);
        assert_int_equal(fs_replace_at(dir, "file", big, WHOLE, 0644), -ENOSPC);
        expect_file(dir, "file", "old");
        assert_int_equal(count_entries(dir), 1);
        assert_int_equal(fs_replace_volatile_at(dir, "file", big, WHOLE, 0644), -ENOSPC);
        expect_file(dir, "file", "old");
        assert_int_equal(count_entries(dir), 1);
        assert_int_equal(fs_replace_at(dir, "file", "new", 3, 0644), 0);
        expect_file(dir, "file", "new");
        assert_int_equal(umount2(s->path, MNT_DETACH), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            scratch_test(a_replaced_file_has_the_new_text_and_the_mode_asked_for),
            scratch_test(a_link_in_the_place_of_the_file_is_replaced_not_followed),
            scratch_test(names_with_a_slash_or_without_room_are_refused),
            scratch_test(a_directory_in_the_place_of_the_file_stays_and_nothing_is_left),
            scratch_test(leftovers_of_killed_writers_are_in_nobodys_way),
            scratch_test(a_writer_killed_at_any_moment_leaves_the_old_or_the_new_file),
            scratch_test(on_a_full_disk_the_old_file_stays_and_no_temporary_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
