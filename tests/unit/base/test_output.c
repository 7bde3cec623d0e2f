/* What the end of a program says of its standard output (output.h), seen from outside: in a child. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/output.h"

struct end {
        int status;
        char said[256]; /* on standard error */
};

/* A child whose standard output is the file (NULL: closed), with a buffer or without, prints so many bytes.
 */
static struct end run(const char *file, int buffering, size_t bytes)
{
        struct end end = {0};
        int pipe_fd[2], status;
        size_t n = 0;
        ssize_t got;
        pid_t pid;

        assert_int_equal(pipe(pipe_fd), 0);
        fflush(NULL);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                dup2(pipe_fd[1], STDERR_FILENO);
                close(STDOUT_FILENO);
                if (file && open(file, O_WRONLY) != STDOUT_FILENO)
                        _exit(99);
                output_guard("test");
                setvbuf(stdout, NULL, buffering, 0);
                while (bytes-- > 0)
                        putchar('x');
                exit(7);
        }
        close(pipe_fd[1]);
        while (n < sizeof(end.said) - 1 &&
               (got = read(pipe_fd[0], end.said + n, sizeof(end.said) - 1 - n)) > 0)
                n += (size_t)got;
        close(pipe_fd[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        end.status = WEXITSTATUS(status);
        return end;
}

static void what_arrives_is_not_spoken_of(void **state)
{
        struct end end = run("/dev/null", _IOFBF, 100000);

        (void)state;
        assert_int_equal(end.status, 7);
        assert_string_equal(end.said, "");
}

static void nothing_to_print_needs_no_output(void **state)
{
        struct end end = run(NULL, _IOFBF, 0);

        (void)state;
        assert_int_equal(end.status, 7);
        assert_string_equal(end.said, "");
}

static void a_full_output_is_told_however_it_is_buffered(void **state)
{
        static const int buffering[] = {_IOFBF, _IOLBF, _IONBF};

        (void)state;
        for (size_t i = 0; i < sizeof(buffering) / sizeof(*buffering); i++)
                for (size_t bytes = 1; bytes < 100000; bytes *= 8) {
                        struct end end = run("/dev/full", buffering[i], bytes);

                        assert_int_equal(end.status, 1);
                        assert_string_equal(end.said, "test: standard output: No space left on device\n");
                }
}

static void a_closed_output_is_told(void **state)
{
        struct end end = run(NULL, _IONBF, 10);

        (void)state;
        assert_int_equal(end.status, 1);
        assert_string_equal(end.said, "test: standard output: Bad file descriptor\n");
}

static void no_file_takes_the_place_of_a_closed_descriptor(void **state)
{
        int status;
        pid_t pid;

        (void)state;
        fflush(NULL);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                close(STDIN_FILENO);
                close(STDOUT_FILENO);
                close(STDERR_FILENO);
                output_guard("test");
                _exit(open("/dev/null", O_RDONLY) > STDERR_FILENO && write(STDOUT_FILENO, "x", 1) < 0 ? 0
                                                                                                      : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_arrives_is_not_spoken_of),
            cmocka_unit_test(nothing_to_print_needs_no_output),
            cmocka_unit_test(a_full_output_is_told_however_it_is_buffered),
            cmocka_unit_test(a_closed_output_is_told),
            cmocka_unit_test(no_file_takes_the_place_of_a_closed_descriptor),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
