/* Words that are nearly right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/strv.h"

static const char *const verbs[] = {"add", "end", "exit", "export", "remove", "revert", "verify"};

static void means(const char *word, const char *want)
{
        const char *found = str_nearest(word, verbs, ARRAY_SIZE(verbs));

        if (want)
                assert_string_equal(found, want);
        else
                assert_null(found);
}

static void test_near(void **state)
{
        (void)state;
        means("remote", "remove");
        means("remov", "remove");
        means("evrify", "verify");
        means("exprot", "export");
        means("Add", "add");
        means("exti", "exit");
        means("verify", "verify");
}

static void test_far(void **state)
{
        (void)state;
        means("", NULL);
        means("quit", NULL);
        means("bogus", NULL);
        means("ls", NULL);
        means("a word that is far longer than any verb could be", NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_near), cmocka_unit_test(test_far)};

        return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
