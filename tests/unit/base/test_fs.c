/* Opening, reading and making files where somebody else may be putting links in the way. */
#include "../scratch.h"

#include <errno.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fs.h"

/* A zone's root with a file in it, and a secret next to the root. */
static int make_jail(int top)
{
        assert_int_equal(mkdirat(top, "zone", 0755), 0);
        assert_int_equal(mkdirat(top, "zone/dir", 0755), 0);
        assert_int_equal(mkdirat(top, "host", 0755), 0);
        scratch_puts(top, "zone/dir/file", "inside");
        scratch_puts(top, "host/file", "secret");
        return openat(top, "zone", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void expect_text(int fd, const char *text)
{
        char buf[64] = "";

        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        assert_true(read(fd, buf, sizeof(buf) - 1) >= 0);
        assert_string_equal(buf, text);
        close(fd);
}

static void opening_beneath_a_directory_refuses_every_way_out(void **state)
{
        struct scratch *s = *state;
        _cleanup_close_ int zone = make_jail(s->fd);

        assert_int_equal(symlinkat("../host", zone, "up"), 0);
        assert_int_equal(symlinkat("/etc/passwd", zone, "absolute"), 0);
        assert_int_equal(symlinkat("dir", zone, "alias"), 0);
        expect_text(fs_open_beneath(zone, "dir/file", O_RDONLY, 0), "inside");
        assert_int_equal(fs_open_beneath(zone, "../host/file", O_RDONLY, 0), -EXDEV);
        assert_int_equal(fs_open_beneath(zone, "dir/../../host/file", O_RDONLY, 0), -EXDEV);
        assert_int_equal(fs_open_beneath(zone, "/etc/passwd", O_RDONLY, 0), -EXDEV);
        assert_int_equal(fs_open_beneath(zone, "up/file", O_RDONLY, 0), -ELOOP);
        assert_int_equal(fs_open_beneath(zone, "absolute", O_RDONLY, 0), -ELOOP);
        assert_int_equal(fs_open_beneath(zone, "alias/file", O_RDONLY, 0), -ELOOP);
        assert_int_equal(fs_open_beneath(zone, "up", O_WRONLY | O_CREAT, 0600), -ELOOP);
}

static void opening_in_a_root_resolves_links_inside_that_root(void **state)
{
        struct scratch *s = *state;
        _cleanup_close_ int zone = make_jail(s->fd);

        assert_int_equal(symlinkat("/dir/file", zone, "absolute"), 0);
        assert_int_equal(symlinkat("../../../dir/file", zone, "up"), 0);
        assert_int_equal(symlinkat("../host/file", zone, "out"), 0);
        expect_text(fs_open_in_root(zone, "/absolute", O_RDONLY, 0), "inside");
        expect_text(fs_open_in_root(zone, "up", O_RDONLY, 0), "inside");
        expect_text(fs_open_in_root(zone, "../../dir/file", O_RDONLY, 0), "inside");
        assert_int_equal(fs_open_in_root(zone, "out", O_RDONLY, 0), -ENOENT);
}

static void magic_links_of_proc_are_not_followed(void **state)
{
        _cleanup_close_ int top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        (void)state;
        assert_int_equal(fs_open_in_root(top, "proc/self/root/etc/passwd", O_RDONLY, 0), -ELOOP);
        assert_int_equal(fs_open_in_root(top, "proc/self/exe", O_RDONLY, 0), -ELOOP);
}

/* Exchanges the directory and a link out of the zone as fast as it can, until killed. */
static pid_t start_swapper(int zone)
{
        pid_t pid;

        assert_int_equal(symlinkat("../host", zone, "evil"), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                for (;;)
                        syscall(SYS_renameat2, zone, "dir", zone, "evil", RENAME_EXCHANGE);
        return pid;
}

static void a_directory_swapped_for_a_link_never_leads_out(void **state)
{
        struct scratch *s = *state;
        _cleanup_close_ int zone = make_jail(s->fd);
        pid_t swapper = start_swapper(zone);
        time_t end = time(NULL) + 20;
        unsigned opened = 0, refused = 0, leaked = 0;

        /* Until the race was seen from both sides often enough to mean something. */
        while ((opened < 2000 || refused < 2000) && time(NULL) < end) {
                char buf[16] = "";
                int fd = fs_open_beneath(zone, "dir/file", O_RDONLY, 0);

                if (fd < 0) {
                        refused++;
                        continue;
                }
                leaked += read(fd, buf, sizeof(buf) - 1) < 0 || strcmp(buf, "inside") != 0;
                opened++;
                close(fd);
        }
        kill(swapper, SIGKILL);
        waitpid(swapper, NULL, 0);
        assert_int_equal(leaked, 0);
        assert_true(opened > 0);
        assert_true(refused > 0);
}

static void directories_are_made_inside_the_root_only(void **state)
{
        struct scratch *s = *state;
        _cleanup_close_ int zone = make_jail(s->fd);
        struct stat st;

        assert_int_equal(symlinkat("../host", zone, "up"), 0);
        assert_int_equal(fs_mkdir_in_root(zone, "/var/run/bhyve/", 0755), 0);
        assert_int_equal(fs_mkdir_in_root(zone, "var//run/bhyve", 0755), 0);
        assert_int_equal(fstatat(zone, "var/run/bhyve", &st, 0), 0);
        assert_true(S_ISDIR(st.st_mode));
        assert_int_equal(fs_mkdir_in_root(zone, "up/made", 0755), -ENOTDIR);
        assert_int_equal(fs_mkdir_in_root(zone, "../made", 0755), -EXDEV);
        assert_int_equal(fs_mkdir_in_root(zone, "dir/file", 0755), -ENOTDIR);
        assert_int_equal(fs_mkdir_in_root(zone, "dir/file/made", 0755), -ENOTDIR);
        assert_int_equal(faccessat(s->fd, "host/made", F_OK, 0), -1);
        assert_int_equal(faccessat(s->fd, "made", F_OK, 0), -1);
}

static void making_a_path_accepts_directories_and_nothing_else(void **state)
{
        struct scratch *s = *state;
        char path[PATH_MAX];
        struct stat st;

        snprintf(path, sizeof(path), "%s/a/b/c", s->path);
        assert_int_equal(fs_mkdir_p(path, 0755), 0);
        assert_int_equal(fs_mkdir_p(path, 0755), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_true(S_ISDIR(st.st_mode));
        scratch_puts(s->fd, "file", "");
        snprintf(path, sizeof(path), "%s/file", s->path);
        assert_int_equal(fs_mkdir_p(path, 0755), -ENOTDIR);
        snprintf(path, sizeof(path), "%s/file/x", s->path);
        assert_int_equal(fs_mkdir_p(path, 0755), -ENOTDIR);
        assert_int_equal(fs_mkdir_p("", 0755), -ENAMETOOLONG);
}

static void a_file_is_read_whole_up_to_its_bound(void **state)
{
        struct scratch *s = *state;
        char big[20000], *data = NULL;
        size_t len;

        memset(big, 'x', sizeof(big));
        big[7] = '\0';
        scratch_write(s->fd, "big", big, sizeof(big));
        assert_int_equal(fs_read_at(s->fd, "big", sizeof(big), &data, &len), 0);
        assert_int_equal(len, sizeof(big));
        assert_memory_equal(data, big, sizeof(big));
        assert_int_equal(data[len], '\0');
        free(data);
        assert_int_equal(fs_read_at(s->fd, "big", sizeof(big) - 1, &data, &len), -EFBIG);
        assert_int_equal(fs_read_at(s->fd, "big", 0, &data, &len), -EFBIG);
        scratch_puts(s->fd, "empty", "");
        assert_int_equal(fs_read_at(s->fd, "empty", 0, &data, &len), 0);
        assert_int_equal(len, 0);
        assert_string_equal(data, "");
        free(data);
}

static void what_is_not_a_regular_file_is_refused_without_waiting(void **state)
{
        struct scratch *s = *state;
        char *data = NULL;

        assert_int_equal(mkfifoat(s->fd, "fifo", 0600), 0);
        assert_int_equal(mkdirat(s->fd, "dir", 0755), 0);
        alarm(10); /* a read that waits for a writer ends the test */
        assert_int_equal(fs_read_at(s->fd, "fifo", 100, &data, NULL), -EINVAL);
        assert_int_equal(fs_read_at(s->fd, "dir", 100, &data, NULL), -EISDIR);
        assert_int_equal(fs_read_at(s->fd, "none", 100, &data, NULL), -ENOENT);
        alarm(0);
        assert_null(data);
}

static void a_pipe_is_read_to_its_end(void **state)
{
        char *data;
        size_t len;
        int ends[2];

        (void)state;
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(fs_write_all(ends[1], "hello", 5), 0);
        close(ends[1]);
        assert_int_equal(fs_read_fd(ends[0], 5, &data, &len), 0);
        assert_string_equal(data, "hello");
        free(data);
        close(ends[0]);
}

static void writing_to_a_pipe_without_a_reader_is_an_error(void **state)
{
        int ends[2];

        (void)state;
        signal(SIGPIPE, SIG_IGN);
        assert_int_equal(pipe(ends), 0);
        close(ends[0]);
        assert_int_equal(fs_write_all(ends[1], "x", 1), -EPIPE);
        close(ends[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            scratch_test(opening_beneath_a_directory_refuses_every_way_out),
            scratch_test(opening_in_a_root_resolves_links_inside_that_root),
            cmocka_unit_test(magic_links_of_proc_are_not_followed),
            scratch_test(a_directory_swapped_for_a_link_never_leads_out),
            scratch_test(directories_are_made_inside_the_root_only),
            scratch_test(making_a_path_accepts_directories_and_nothing_else),
            scratch_test(a_file_is_read_whole_up_to_its_bound),
            scratch_test(what_is_not_a_regular_file_is_refused_without_waiting),
            cmocka_unit_test(a_pipe_is_read_to_its_end),
            cmocka_unit_test(writing_to_a_pipe_without_a_reader_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
