/* When a signal becomes a press of the power button. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "zhyve/button.h"

static void a_signal_before_the_engine_listens_is_kept(void **state)
{
        struct button b = {0};

        (void)state;
        assert_false(button_signal(&b, 0));
        assert_true(button_ready(&b, 50));
        /* It counts as a press: what follows at once does not take it back. */
        assert_false(button_signal(&b, 60));
}

static void an_engine_that_listens_is_pressed_when_a_signal_comes(void **state)
{
        struct button b = {0};

        (void)state;
        assert_false(button_ready(&b, 0));
        assert_true(button_signal(&b, 10));
}

static void the_button_is_pressed_again_seconds_later(void **state)
{
        struct button b = {.ready = true};

        (void)state;
        assert_true(button_signal(&b, 1000));
        assert_false(button_signal(&b, 1000));
        assert_false(button_signal(&b, 1000 + BUTTON_AGAIN_MS - 1));
        assert_true(button_signal(&b, 1000 + BUTTON_AGAIN_MS));
        assert_false(button_signal(&b, 1000 + BUTTON_AGAIN_MS + 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_signal_before_the_engine_listens_is_kept),
            cmocka_unit_test(an_engine_that_listens_is_pressed_when_a_signal_comes),
            cmocka_unit_test(the_button_is_pressed_again_seconds_later),
        };

        return cmocka_run_group_tests_name("button", tests, NULL, NULL);
}
