/* Decimal numbers: one spelling each, and nothing left over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/number.h"

static void a_number_is_digits_up_to_its_bound(void **state)
{
        uint64_t n = 1;

        (void)state;
        assert_true(number_parse("0", 0, &n));
        assert_int_equal(n, 0);
        assert_true(number_parse("65535", 65535, &n));
        assert_int_equal(n, 65535);
        assert_false(number_parse("65536", 65535, &n));
        assert_false(number_parse("5", 4, &n));
        assert_true(number_parse("18446744073709551615", UINT64_MAX, &n));
        assert_true(n == UINT64_MAX);
        assert_false(number_parse("18446744073709551616", UINT64_MAX, &n));
}

static void what_is_not_all_number_is_none(void **state)
{
        static const char *const texts[] = {"", " 1", "1 ", "+1", "-1", "01", "00", "0x1", "1k", "1,", "x"};
        uint64_t n = 7;

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
                assert_false(number_parse(texts[i], 1000, &n));
        assert_int_equal(n, 7);
}

static void a_number_is_taken_off_the_front_of_a_list(void **state)
{
        const char *text = "3-12,x", *same = text + 5;
        uint64_t n;

        (void)state;
        assert_true(number_take(&text, 100, &n));
        assert_int_equal(n, 3);
        assert_string_equal(text, "-12,x");
        text++;
        assert_true(number_take(&text, 100, &n));
        assert_int_equal(n, 12);
        text++;
        assert_false(number_take(&text, 100, &n));
        assert_ptr_equal(text, same);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_number_is_digits_up_to_its_bound),
            cmocka_unit_test(what_is_not_all_number_is_none),
            cmocka_unit_test(a_number_is_taken_off_the_front_of_a_list),
        };

        return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
