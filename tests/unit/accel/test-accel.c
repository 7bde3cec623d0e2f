/* The acceleration probe on the real /dev/kvm, and its cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "accel/accel.h"
#include "accel/internal.h"
#include "base/cleanup.h"
#include "base/fs.h"

static double now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void answers_within_a_second_and_says_why_not(void **state)
{
        struct accel a;
        struct error err = {0};
        double start = now_ms();

        (void)state;
        assert_int_equal(accel_probe(&a, &err), 0);
        assert_true(now_ms() - start < 1000);
        if (a.kvm)
                assert_string_equal(a.why, "");
        else
                assert_memory_equal(a.why, "/dev/kvm: ", 10);
        print_message("kvm %s in %.1f ms %s\n", a.kvm ? "yes" : "no", now_ms() - start, a.why);
}

static void leaves_no_child(void **state)
{
        struct accel a;

        (void)state;
        assert_int_equal(accel_probe(&a, NULL), 0);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
}

static void names_the_step_that_comes_next(void **state)
{
        (void)state;
        assert_string_equal(accel_next_step(0), "at its first instruction");
        assert_string_equal(accel_next_step('u'), "at an interrupt instruction");
        assert_string_equal(accel_next_step('?'), "at an unknown step");
}

static char *read_cache(const struct root *root)
{
        char path[PATH_MAX];
        char *text = NULL;

        assert_int_equal(root_path(root, ZONES_RUN "/accel", path, sizeof(path)), 0);
        assert_int_equal(fs_read_at(AT_FDCWD, path, 4096, &text, NULL), 0);
        return text;
}

static void write_cache(const struct root *root, const char *text)
{
        _cleanup_close_ int dir = root_open_dir(root, ZONES_RUN, NULL);

        assert_true(dir >= 0);
        assert_int_equal(fs_replace_volatile_at(dir, "accel", text, strlen(text), 0600), 0);
}

static int make_root(void **state)
{
        struct root *root = calloc(1, sizeof(*root));

        strcpy(root->path, "/tmp/apiary-accel.XXXXXX");
        *state = root;
        return mkdtemp(root->path) ? 0 : -1;
}

static int drop_root(void **state)
{
        struct root *root = *state;
        char path[PATH_MAX];
        static const char *const parts[] = {"/run/zones/accel", "/run/zones", "/run", ""};

        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                if (root_path(root, parts[i], path, sizeof(path)) == 0)
                        remove(path);
        free(root);
        return 0;
}

static void keeps_its_finding_and_reads_it_back(void **state)
{
        const struct root *root = *state;
        _cleanup_free_ char *text = NULL, *other = NULL;
        struct accel first, second;
        char *answer;

        assert_int_equal(accel_get(root, &first, NULL), 0);
        text = read_cache(root);
        /* A finding that the probe would never make shows that the second answer comes from the file. */
        answer = strstr(text, first.kvm ? " yes\n" : " no ");
        assert_non_null(answer);
        assert_true(asprintf(&other, "%.*s no kept\n", (int)(answer - text), text) > 0);
        write_cache(root, other);
        assert_int_equal(accel_get(root, &second, NULL), 0);
        assert_false(second.kvm);
        assert_string_equal(second.why, "kept");
}

static void asks_again_when_the_file_is_of_another_boot_or_damaged(void **state)
{
        static const char *const bad[] = {"", "\n", "nonsense",
                                          "00000000-0000-4000-8000-000000000000 ae8 1 1.0 no kept\n"};
        const struct root *root = *state;
        struct accel real, a;

        assert_int_equal(accel_get(root, &real, NULL), 0);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                _cleanup_free_ char *text = NULL;

                write_cache(root, bad[i]);
                assert_int_equal(accel_get(root, &a, NULL), 0);
                assert_int_equal(a.kvm, real.kvm);
                assert_string_not_equal(a.why, "kept");
                text = read_cache(root);
                assert_string_not_equal(text, bad[i]);
        }
}

static void gives_a_guest_that_was_late_one_more_chance(void **state)
{
        const struct root *root = *state;
        _cleanup_free_ char *text = NULL, *late = NULL, *after = NULL;
        struct accel real, a;
        char *answer;

        assert_int_equal(accel_get(root, &real, NULL), 0);
        text = read_cache(root);
        answer = strstr(text, real.kvm ? " yes\n" : " no ");
        assert_non_null(answer);
        assert_true(asprintf(&late, "%.*s late kept\n", (int)(answer - text), text) > 0);
        write_cache(root, late);
        assert_int_equal(accel_get(root, &a, NULL), 0);
        assert_int_equal(a.kvm, real.kvm);
        assert_string_not_equal(a.why, "kept");
        after = read_cache(root);
        assert_null(strstr(after, " late "));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(answers_within_a_second_and_says_why_not),
            cmocka_unit_test(leaves_no_child),
            cmocka_unit_test(names_the_step_that_comes_next),
            cmocka_unit_test_setup_teardown(keeps_its_finding_and_reads_it_back, make_root, drop_root),
            cmocka_unit_test_setup_teardown(asks_again_when_the_file_is_of_another_boot_or_damaged, make_root,
                                            drop_root),
            cmocka_unit_test_setup_teardown(gives_a_guest_that_was_late_one_more_chance, make_root,
                                            drop_root),
        };

        return cmocka_run_group_tests_name("accel", tests, NULL, NULL);
}
