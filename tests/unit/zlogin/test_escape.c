/* The escape character of zlogin, rule by rule. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "zlogin/escape.h"

/* What a user types, in one go and byte by byte, must send the same and end the same. */
static void typed(int cmdchar, const char *in, const char *want, bool want_end)
{
        unsigned char out[64], last = 0;
        struct escape e;
        size_t n = strlen(in), sent;
        bool end = false;

        escape_init(&e, cmdchar);
        sent = escape_filter(&e, (const unsigned char *)in, n, out, &end, &last);
        assert_int_equal(sent, strlen(want));
        assert_memory_equal(out, want, sent);
        assert_int_equal(end, want_end);

        escape_init(&e, cmdchar);
        end = false;
        sent = 0;
        for (size_t i = 0; i < n && !end; i++)
                sent += escape_filter(&e, (const unsigned char *)in + i, 1, out + sent, &end, &last);
        assert_int_equal(sent, strlen(want));
        assert_memory_equal(out, want, sent);
        assert_int_equal(end, want_end);
}

static void text_passes_unchanged(void **state)
{
        (void)state;
        typed('~', "uname -a\r", "uname -a\r", false);
}

static void tilde_dot_at_the_start_ends_the_session(void **state)
{
        (void)state;
        typed('~', "~.", "", true);
}

static void tilde_and_end_of_file_ends_the_session(void **state)
{
        (void)state;
        typed('~', "~\004", "", true);
}

static void nothing_after_the_end_is_sent(void **state)
{
        (void)state;
        typed('~', "a\r~.reboot\r", "a\r", true);
}

static void the_escape_counts_after_cr_lf_kill_suspend_and_interrupt(void **state)
{
        (void)state;
        typed('~', "a\r~.", "a\r", true);
        typed('~', "a\n~.", "a\n", true);
        typed('~', "a\025~.", "a\025", true);
        typed('~', "a\032~.", "a\032", true);
        typed('~', "a\003~.", "a\003", true);
}

static void the_escape_is_text_in_the_middle_of_a_line(void **state)
{
        (void)state;
        typed('~', "cd ~.\r", "cd ~.\r", false);
        typed('~', "a~~.", "a~~.", false);
}

static void two_escapes_send_one(void **state)
{
        (void)state;
        typed('~', "~~", "~", false);
        typed('~', "~~.", "~.", false);
}

static void an_unknown_character_after_the_escape_is_sent_alone(void **state)
{
        (void)state;
        typed('~', "~x", "x", false);
        typed('~', "~\r~.", "\r", true);
}

static void a_held_escape_is_not_sent(void **state)
{
        (void)state;
        typed('~', "~", "", false);
}

static void without_an_escape_character_everything_is_text(void **state)
{
        (void)state;
        typed(ESCAPE_NONE, "~.\r~.\r", "~.\r~.\r", false);
}

static void another_escape_character_replaces_tilde(void **state)
{
        (void)state;
        typed('%', "~.\r%.", "~.\r", true);
}

static void a_disabled_terminal_character_never_matches(void **state)
{
        unsigned char out[8], last = 0;
        struct escape e;
        bool end = false;

        (void)state;
        escape_init(&e, '~');
        e.eof = ESCAPE_NONE;
        assert_int_equal(escape_filter(&e, (const unsigned char *)"~\377\r~\004", 5, out, &end, &last), 3);
        assert_memory_equal(out, "\377\r\004", 3);
        assert_false(end);
}

static void the_argument_may_be_a_character(void **state)
{
        int c = 0;

        (void)state;
        assert_int_equal(escape_parse("%", &c), 0);
        assert_int_equal(c, '%');
}

static void the_argument_may_be_octal_or_a_backslash(void **state)
{
        int c = 0;

        (void)state;
        assert_int_equal(escape_parse("\\035", &c), 0);
        assert_int_equal(c, 035);
        assert_int_equal(escape_parse("\\377", &c), 0);
        assert_int_equal(c, 0377);
        assert_int_equal(escape_parse("\\\\", &c), 0);
        assert_int_equal(c, '\\');
}

static void other_arguments_are_refused(void **state)
{
        static const char *const bad[] = {"", "\\", "ab", "\\8", "\\0000", "x\\", "\\1x"};
        int c = 0;

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(escape_parse(bad[i], &c), -EINVAL);
        assert_int_equal(escape_parse("\\400", &c), -ERANGE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(text_passes_unchanged),
            cmocka_unit_test(tilde_dot_at_the_start_ends_the_session),
            cmocka_unit_test(tilde_and_end_of_file_ends_the_session),
            cmocka_unit_test(nothing_after_the_end_is_sent),
            cmocka_unit_test(the_escape_counts_after_cr_lf_kill_suspend_and_interrupt),
            cmocka_unit_test(the_escape_is_text_in_the_middle_of_a_line),
            cmocka_unit_test(two_escapes_send_one),
            cmocka_unit_test(an_unknown_character_after_the_escape_is_sent_alone),
            cmocka_unit_test(a_held_escape_is_not_sent),
            cmocka_unit_test(without_an_escape_character_everything_is_text),
            cmocka_unit_test(another_escape_character_replaces_tilde),
            cmocka_unit_test(a_disabled_terminal_character_never_matches),
            cmocka_unit_test(the_argument_may_be_a_character),
            cmocka_unit_test(the_argument_may_be_octal_or_a_backslash),
            cmocka_unit_test(other_arguments_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
