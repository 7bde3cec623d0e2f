/* Growing text, vectors of text, and the small questions about strings. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strv.h"

static void a_buffer_that_nothing_was_added_to_yields_the_empty_text(void **state)
{
        struct strbuf b = {0};
        char *text = strbuf_take(&b);

        (void)state;
        assert_string_equal(text, "");
        free(text);
        assert_null(b.data);
}

static void a_buffer_grows_over_many_appends_and_counts_its_bytes(void **state)
{
        struct strbuf b = {0};
        char *text;

        (void)state;
        for (int i = 0; i < 1000; i++) {
                strbuf_printf(&b, "%04d", i);
                strbuf_putc(&b, ',');
        }
        strbuf_puts(&b, "end");
        assert_false(b.failed);
        assert_int_equal(b.len, 5 * 1000 + 3);
        text = strbuf_take(&b);
        assert_memory_equal(text, "0000,0001,", 10);
        assert_string_equal(text + 4995, "0999,end");
        free(text);
        assert_int_equal(b.len, 0);
}

static void a_buffer_keeps_bytes_that_are_nul(void **state)
{
        struct strbuf b = {0};

        (void)state;
        strbuf_add(&b, "a\0b", 3);
        strbuf_add(&b, "", 0);
        assert_int_equal(b.len, 3);
        assert_memory_equal(b.data, "a\0b", 4);
        strbuf_free(&b);
}

static void a_buffer_that_failed_once_stays_failed_and_yields_nothing(void **state)
{
        struct strbuf b = {0};

        (void)state;
        strbuf_puts(&b, "before");
        strbuf_add(&b, "x", SIZE_MAX / 2); /* refused before anything is read */
        assert_true(b.failed);
        strbuf_puts(&b, "after");
        assert_null(strbuf_take(&b));
        assert_false(b.failed);
}

static void a_vector_ends_with_null_whatever_its_length(void **state)
{
        struct strv s = {0};

        (void)state;
        for (size_t i = 0; i < 100; i++) {
                strv_addf(&s, "word%zu", i);
                assert_int_equal(s.n, i + 1);
                assert_null(s.v[s.n]);
        }
        strv_add(&s, "last");
        assert_string_equal(s.v[99], "word99");
        assert_string_equal(s.v[100], "last");
        assert_false(s.failed);
        strv_free(&s);
        assert_null(s.v);
}

static void a_vector_given_null_remembers_that_memory_ran_out(void **state)
{
        struct strv s = {0};

        (void)state;
        strv_add(&s, "one");
        strv_consume(&s, NULL);
        assert_true(s.failed);
        strv_consume(&s, strdup("freed by the vector although it is not kept"));
        assert_int_equal(s.n, 1);
        strv_free(&s);
}

static void texts_that_may_be_absent_compare_and_copy(void **state)
{
        char *copy = strdup_null("x");

        (void)state;
        assert_string_equal(copy, "x");
        free(copy);
        assert_null(strdup_null(NULL));
        assert_true(streq_null(NULL, NULL));
        assert_true(streq_null("a", "a"));
        assert_false(streq_null("a", NULL));
        assert_false(streq_null(NULL, ""));
        assert_string_equal(str_empty(NULL), "");
}

static void a_prefix_is_found_only_at_the_start(void **state)
{
        (void)state;
        assert_true(str_starts("com2", "com"));
        assert_true(str_starts("com", "com"));
        assert_true(str_starts("x", ""));
        assert_false(str_starts("co", "com"));
        assert_false(str_starts("acom", "com"));
}

static void control_bytes_make_a_text_unprintable_and_utf8_does_not(void **state)
{
        (void)state;
        assert_true(str_printable("Zürich ~"));
        assert_true(str_printable(""));
        assert_false(str_printable("a\nb"));
        assert_false(str_printable("\033[2J"));
        assert_false(str_printable("a\x7f"));
        assert_true(str_printable("\xc2\xa0\xc3\x9b"));
        assert_false(str_printable("a\xc2\x9b[2J"));
}

static void what_is_below_a_directory_is_found_whatever_slashes_there_are(void **state)
{
        (void)state;
        assert_string_equal(path_below("/iso", "/iso/a"), "/a");
        assert_string_equal(path_below("/iso/", "/iso/a/b"), "/a/b");
        assert_string_equal(path_below("//iso//x///", "/iso/x//a"), "/a");
        assert_string_equal(path_below("/iso", "/iso"), "");
        assert_string_equal(path_below("/iso/", "/iso"), "");
        assert_string_equal(path_below("/iso", "/iso//"), "");
        assert_string_equal(path_below("/", "/"), "");
        assert_string_equal(path_below("/", "/iso"), "/iso");
        assert_string_equal(path_below("tank", "tank/a"), "/a");
        assert_null(path_below("/iso", "/isolde"));
        assert_null(path_below("/iso/a", "/iso"));
        assert_null(path_below("/iso", "iso/a"));
        assert_null(path_below("iso", "/iso/a"));
        assert_null(path_below("", "a"));
}

static void a_path_is_read_by_its_text_alone(void **state)
{
        static const char *const paths[][2] = {
            {"/", "/"},
            {"//", "/"},
            {"/tmp//vm.vnc", "/tmp/vm.vnc"},
            {"/a/./b/", "/a/b"},
            {"/a/../b", "/b"},
            {"/../../b", "/b"},
            {"/a/b/../../..", "/"},
            {"/.", "/"},
            {"/a/...", "/a/..."},
            {"/a/.b", "/a/.b"},
            {"/a/..b", "/a/..b"},
        };
        char plain[16];

        (void)state;
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
                assert_int_equal(path_plain(paths[i][0], plain, sizeof(plain)), 0);
                assert_string_equal(plain, paths[i][1]);
        }
        assert_int_equal(path_plain("a", plain, sizeof(plain)), -EINVAL);
        assert_int_equal(path_plain("", plain, sizeof(plain)), -EINVAL);
        assert_int_equal(path_plain("/23456789012345", plain, sizeof(plain)), 0);
        assert_int_equal(path_plain("/234567890123456", plain, sizeof(plain)), -ENAMETOOLONG);
        assert_int_equal(path_plain("/a/b", plain, 2), -ENAMETOOLONG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_path_is_read_by_its_text_alone),
            cmocka_unit_test(what_is_below_a_directory_is_found_whatever_slashes_there_are),
            cmocka_unit_test(a_buffer_that_nothing_was_added_to_yields_the_empty_text),
            cmocka_unit_test(a_buffer_grows_over_many_appends_and_counts_its_bytes),
            cmocka_unit_test(a_buffer_keeps_bytes_that_are_nul),
            cmocka_unit_test(a_buffer_that_failed_once_stays_failed_and_yields_nothing),
            cmocka_unit_test(a_vector_ends_with_null_whatever_its_length),
            cmocka_unit_test(a_vector_given_null_remembers_that_memory_ran_out),
            cmocka_unit_test(texts_that_may_be_absent_compare_and_copy),
            cmocka_unit_test(a_prefix_is_found_only_at_the_start),
            cmocka_unit_test(control_bytes_make_a_text_unprintable_and_utf8_does_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
