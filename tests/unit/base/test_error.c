/* Errors with context, and lists of findings. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void error_set_records_the_text_and_returns_the_negative_code(void **state)
{
        struct error err = {0};

        (void)state;
        assert_int_equal(error_set(&err, ENOENT, "%s: no such zone", "web1"), -ENOENT);
        assert_int_equal(err.code, ENOENT);
        assert_string_equal(err.text, "web1: no such zone");
}

static void error_set_takes_a_negative_code_as_the_same_error(void **state)
{
        struct error err = {0};

        (void)state;
        assert_int_equal(error_set(&err, -EPERM, "no"), -EPERM);
        assert_int_equal(err.code, EPERM);
}

static void error_errno_appends_the_text_of_the_code(void **state)
{
        struct error err = {0};

        (void)state;
        assert_int_equal(error_errno(&err, -EACCES, "/etc/zones"), -EACCES);
        assert_string_equal(err.text, "/etc/zones: Permission denied");
}

static void error_prefix_puts_context_in_front_and_keeps_the_code(void **state)
{
        struct error err = {0};

        (void)state;
        error_set(&err, ENODEV, "no such volume");
        assert_int_equal(error_prefix(&err, "disk%d", 0), -ENODEV);
        assert_int_equal(error_prefix(&err, "web1"), -ENODEV);
        assert_string_equal(err.text, "web1: disk0: no such volume");
}

static void every_function_works_without_a_place_for_the_text(void **state)
{
        (void)state;
        assert_int_equal(error_set(NULL, EIO, "x"), -EIO);
        assert_int_equal(error_errno(NULL, EIO, "x"), -EIO);
        assert_int_equal(error_nomem(NULL), -ENOMEM);
        assert_int_equal(error_prefix(NULL, "x"), -EIO);
}

static void context_for_a_failure_without_a_code_is_a_failure(void **state)
{
        struct error err = {0};

        (void)state;
        assert_int_equal(error_prefix(&err, "web1"), -EIO);
        assert_int_equal(err.code, EIO);
}

static void a_text_that_is_too_long_is_cut_and_stays_terminated(void **state)
{
        char longer[3 * ERROR_TEXT_MAX];
        struct error err = {0};

        (void)state;
        memset(longer, 'a', sizeof(longer) - 1);
        longer[sizeof(longer) - 1] = '\0';
        error_errno(&err, EIO, "%s", longer);
        assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
        error_prefix(&err, "%s", longer);
        assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
        error_prefix(&err, "web1");
        assert_memory_equal(err.text, "web1: aaa", 9);
        assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
}

static void a_name_that_ends_the_context_is_not_said_again(void **state)
{
        (void)state;
        assert_string_equal(error_behind("disk /a.img", "/a.img: no such file"), "no such file");
        assert_string_equal(error_behind("web1", "web1: No such zone"), "No such zone");
        assert_string_equal(error_behind("attr disk0", "/a.img: no such file"), "/a.img: no such file");
        assert_string_equal(error_behind("disk /b/a", "a: no such file"), "a: no such file");
        assert_string_equal(error_behind("a", "b/a: no such file"), "b/a: no such file");
        assert_string_equal(error_behind("web1", "web1 is halted"), "web1 is halted");
        assert_string_equal(error_behind("web1", ": odd"), ": odd");
        assert_string_equal(error_behind("", ""), "");
}

static void problems_are_kept_in_the_order_in_which_they_were_found(void **state)
{
        struct problems p = {0};

        (void)state;
        for (int i = 0; i < 100; i++)
                assert_int_equal(problems_add(&p, "problem %d", i), 0);
        assert_int_equal(p.n, 100);
        assert_string_equal(p.text[0], "problem 0");
        assert_string_equal(p.text[99], "problem 99");
        problems_clear(&p);
        assert_int_equal(p.n, 0);
        assert_null(p.text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(error_set_records_the_text_and_returns_the_negative_code),
            cmocka_unit_test(error_set_takes_a_negative_code_as_the_same_error),
            cmocka_unit_test(error_errno_appends_the_text_of_the_code),
            cmocka_unit_test(error_prefix_puts_context_in_front_and_keeps_the_code),
            cmocka_unit_test(every_function_works_without_a_place_for_the_text),
            cmocka_unit_test(context_for_a_failure_without_a_code_is_a_failure),
            cmocka_unit_test(a_text_that_is_too_long_is_cut_and_stays_terminated),
            cmocka_unit_test(a_name_that_ends_the_context_is_not_said_again),
            cmocka_unit_test(problems_are_kept_in_the_order_in_which_they_were_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
