/* TCP addresses: every form that is accepted, what stays as it was, what is refused; listening and
 * connecting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/listen.h"

static void each_form_of_an_address_is_read(void **state)
{
        static const struct {
                const char *text, *address;
                unsigned port;
        } forms[] = {
            {"5901", "127.0.0.9", 5901}, {"10.0.0.1:80", "10.0.0.1", 80}, {"[::1]:5900", "::1", 5900},
            {"[::1]", "::1", 7},         {"localhost:1", "127.0.0.1", 1}, {":65535", "127.0.0.9", 65535},
            {"0.0.0.0:0", "0.0.0.0", 0},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
                struct listen_at at = {.address = "127.0.0.9", .port = 7};

                assert_int_equal(listen_parse(forms[i].text, &at, NULL), 0);
                assert_string_equal(at.address, forms[i].address);
                assert_int_equal(at.port, forms[i].port);
        }
}

static void anything_else_is_refused_and_changes_nothing(void **state)
{
        static const char *const wrong[] = {
            "",
            "65536",
            "-1",
            "+1",
            " 1",
            "1x",
            "host:1",
            "1.2.3:1",
            "1.2.3.4:",
            "::1:5900",
            "[1.2.3.4]:1",
            "[::1",
            "[::1]1",
            "[]:1x",
            "99999999999",
            "1.2.3.4:1:2",
            "1.2.3.4",
            "[1111111111111111111111111111111111111111111111111111111111111111]:1",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                struct listen_at at = {.address = "127.0.0.9", .port = 7};
                struct error err = {0};

                assert_true(listen_parse(wrong[i], &at, &err) < 0);
                assert_true(err.text[0] != '\0');
                assert_non_null(strstr(err.text, wrong[i]));
                assert_string_equal(at.address, "127.0.0.9");
                assert_int_equal(at.port, 7);
        }
}

static void what_listens_is_reached_under_the_address_it_tells(void **state)
{
        static const char *const places[] = {"127.0.0.1:0", "0.0.0.0:0"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                _cleanup_close_ int listener = -1, client = -1;
                struct listen_at at = {0};
                char text[LISTEN_TEXT];

                assert_int_equal(listen_parse(places[i], &at, NULL), 0);
                listener = listen_open(&at, text, NULL);
                assert_true(listener >= 0);
                assert_int_equal(listen_parse(text, &at, NULL), 0);
                assert_true(at.port > 0);
                client = listen_connect(&at);
                assert_true(client >= 0);
        }
}

static void a_taken_port_is_an_error_that_names_it(void **state)
{
        struct listen_at at = {.address = "127.0.0.1"};
        _cleanup_close_ int listener = -1;
        char text[LISTEN_TEXT];
        struct error err = {0};

        (void)state;
        listener = listen_open(&at, text, NULL);
        assert_true(listener >= 0);
        assert_int_equal(listen_parse(text, &at, NULL), 0);
        assert_true(listen_open(&at, text, &err) < 0);
        assert_non_null(strstr(err.text, "127.0.0.1 port "));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_form_of_an_address_is_read),
            cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
            cmocka_unit_test(what_listens_is_reached_under_the_address_it_tells),
            cmocka_unit_test(a_taken_port_is_an_error_that_names_it),
        };

        return cmocka_run_group_tests_name("base/listen", tests, NULL, NULL);
}
