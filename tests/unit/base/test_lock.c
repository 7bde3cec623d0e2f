/* Locks: one holder at a time, whatever happens to holders and to the file's name. */
#include "../scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fs.h"

static long elapsed_ms(const struct timespec *since)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static void a_held_lock_is_refused_at_once_and_free_after_closing(void **state)
{
        struct scratch *s = *state;
        int first = fs_lock_at(s->fd, "lock", 0), second;

        assert_true(first >= 0);
        assert_int_equal(fs_lock_at(s->fd, "lock", 0), -EBUSY);
        close(first);
        second = fs_lock_at(s->fd, "lock", 0);
        assert_true(second >= 0);
        assert_int_equal(fcntl(second, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        close(second);
}

static void a_wait_for_a_lock_ends_when_its_time_is_up(void **state)
{
        struct scratch *s = *state;
        _cleanup_close_ int held = fs_lock_at(s->fd, "lock", 0);
        struct timespec start;

        assert_true(held >= 0);
        clock_gettime(CLOCK_MONOTONIC, &start);
        assert_int_equal(fs_lock_at(s->fd, "lock", 60), -EBUSY);
        assert_in_range(elapsed_ms(&start), 50, 10000);
}

static void a_lock_file_that_is_a_link_is_refused(void **state)
{
        struct scratch *s = *state;

        assert_int_equal(symlinkat("elsewhere", s->fd, "lock"), 0);
        assert_int_equal(fs_lock_at(s->fd, "lock", 0), -ELOOP);
        assert_int_equal(faccessat(s->fd, "elsewhere", F_OK, 0), -1);
}

/* A process that takes the lock, says so, and keeps it until it is killed. */
static pid_t start_holder(int dir)
{
        int ends[2];
        pid_t pid;
        char c;

        assert_int_equal(pipe(ends), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                if (fs_lock_at(dir, "lock", 5000) < 0 || write(ends[1], "x", 1) != 1)
                        _exit(1);
                for (;;)
                        pause();
        }
        close(ends[1]);
        assert_int_equal(read(ends[0], &c, 1), 1);
        close(ends[0]);
        return pid;
}

static void a_killed_holder_lets_go_of_its_lock(void **state)
{
        struct scratch *s = *state;
        pid_t pid = start_holder(s->fd);
        int fd;

        assert_int_equal(fs_lock_at(s->fd, "lock", 0), -EBUSY);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        fd = fs_lock_at(s->fd, "lock", 1000);
        assert_true(fd >= 0);
        close(fd);
}

/* The inode that the waiter ends up with is the one that the name stands for then. */
static void expect_waiter_on_the_new_file(int dir, int timeout_ms)
{
        int held = fs_lock_at(dir, "lock", 0), status;
        pid_t pid;

        assert_true(held >= 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                struct stat mine, named;
                int fd;

                close(held); /* an OFD lock is shared with our parent until we close our copy */
                fd = fs_lock_at(dir, "lock", timeout_ms);
                if (fd < 0 || fstat(fd, &mine) < 0 || fstatat(dir, "lock", &named, 0) < 0)
                        _exit(2);
                _exit(mine.st_ino == named.st_ino ? 0 : 1);
        }
        usleep(50000); /* let it come to wait on the old file */
        assert_int_equal(unlinkat(dir, "lock", 0), 0);
        close(held);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_waiter_does_not_take_a_lock_file_that_was_removed(void **state)
{
        struct scratch *s = *state;

        expect_waiter_on_the_new_file(s->fd, -1);
        expect_waiter_on_the_new_file(s->fd, 5000);
}

/* Adds one to a number in a file, the lock's name removed before it is let go. */
static int add_one(int dir, bool removes)
{
        _cleanup_close_ int lock = fs_lock_at(dir, "lock", 30000);
        _cleanup_free_ char *text = NULL;
        char next[32];

        if (lock < 0 || fs_read_at(dir, "count", 32, &text, NULL) < 0)
                return -1;
        snprintf(next, sizeof(next), "%d", atoi(text) + 1);
        if (fs_replace_volatile_at(dir, "count", next, strlen(next), 0644) < 0)
                return -1;
        return removes ? unlinkat(dir, "lock", 0) : 0;
}

static void concurrent_holders_never_overlap_even_when_they_remove_the_file(void **state)
{
        enum { PROCESSES = 6, TURNS = 40 };
        struct scratch *s = *state;
        _cleanup_free_ char *text = NULL;
        pid_t pids[PROCESSES];

        scratch_puts(s->fd, "count", "0");
        for (int i = 0; i < PROCESSES; i++) {
                pids[i] = fork();
                assert_true(pids[i] >= 0);
                if (pids[i] == 0) {
                        for (int n = 0; n < TURNS; n++)
                                if (add_one(s->fd, n % 2 == 0) < 0)
                                        _exit(1);
                        _exit(0);
                }
        }
        for (int i = 0; i < PROCESSES; i++) {
                int status;

                assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
                assert_int_equal(status, 0);
        }
        assert_int_equal(fs_read_at(s->fd, "count", 32, &text, NULL), 0);
        assert_int_equal(atoi(text), PROCESSES * TURNS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            scratch_test(a_held_lock_is_refused_at_once_and_free_after_closing),
            scratch_test(a_wait_for_a_lock_ends_when_its_time_is_up),
            scratch_test(a_lock_file_that_is_a_link_is_refused),
            scratch_test(a_killed_holder_lets_go_of_its_lock),
            scratch_test(a_waiter_does_not_take_a_lock_file_that_was_removed),
            scratch_test(concurrent_holders_never_overlap_even_when_they_remove_the_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
