/* When a guest that halts has ended, and how little one that does not is disturbed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "zhyve/halt.h"

/* As the engine writes them: in long mode, and in real mode as a reset leaves it. */
#define LONG_MODE(flags, halt)                                                                               \
        "\r\nCPU#0\r\nRAX=0000000000000000 RBX=0000000000000000\r\nRIP=ffffffff81c0a2be RFL=" flags          \
        " [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=" halt "\r\nES =0000 0000000000000000 ffffffff 00c00000\r\n"
#define REAL_MODE(ip, flags, halt)                                                                           \
        "\r\nCPU#1\r\nEAX=00000000 EBX=00000000\r\nEIP=" ip " EFL=" flags                                    \
        " [-------] CPL=0 II=0 A20=1 SMM=0 HLT=" halt "\r\nES =0000 00000000 0000ffff 00009300\r\n"
#define ENDED   LONG_MODE("00000046", "1")
#define IDLES   LONG_MODE("00000246", "1")
#define WORKS   LONG_MODE("00000046", "0")
#define STARTED REAL_MODE("0000fff0", "00000002", "0")

/* One round, with the same answer for all; the number of questions. */
static unsigned ask_all(struct halt *h, const char *answer)
{
        unsigned questions = 0;

        for (int cpu = halt_look(h, true); cpu != HALT_NOBODY; cpu = halt_answer(h, answer)) {
                assert_int_equal(cpu, questions);
                questions++;
        }
        return questions;
}

static void three_rounds_of_halted_processors_are_an_end(void **state)
{
        struct halt h = {.cpus = 4};

        (void)state;
        for (int i = 0; i < 3; i++) {
                assert_false(halt_is_final(&h));
                assert_int_equal(ask_all(&h, ENDED), 4);
        }
        assert_true(halt_is_final(&h));
}

static void work_in_between_begins_the_count_again(void **state)
{
        struct halt h = {.cpus = 1};

        (void)state;
        ask_all(&h, ENDED);
        ask_all(&h, ENDED);
        assert_int_equal(halt_look(&h, false), HALT_NOBODY);
        ask_all(&h, ENDED);
        assert_false(halt_is_final(&h));
        ask_all(&h, ENDED);
        ask_all(&h, ENDED);
        assert_true(halt_is_final(&h));
}

static void a_guest_that_waits_or_works_has_not_ended(void **state)
{
        static const char *const answers[] = {IDLES, WORKS, "", 0};

        (void)state;
        for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
                struct halt h = {.cpus = 2};

                for (int looks = 0; looks < 100; looks++)
                        assert_true(ask_all(&h, answers[i]) <= 1);
                assert_false(halt_is_final(&h));
        }
}

static void one_processor_of_many_keeps_the_guest(void **state)
{
        struct halt h = {.cpus = 3};

        (void)state;
        for (int i = 0; i < 20; i++) {
                int cpu = halt_look(&h, true);

                if (cpu == HALT_NOBODY)
                        continue;
                assert_int_equal(halt_answer(&h, ENDED), 1);
                assert_int_equal(halt_answer(&h, IDLES), HALT_NOBODY);
        }
        assert_false(halt_is_final(&h));
}

static void a_processor_that_was_never_started_counts_as_halted(void **state)
{
        struct halt h = {.cpus = 2}, first = {.cpus = 1};

        (void)state;
        for (int i = 0; i < 3; i++) {
                assert_int_equal(halt_look(&h, true), 0);
                assert_int_equal(halt_answer(&h, ENDED), 1);
                assert_int_equal(halt_answer(&h, STARTED), HALT_NOBODY);
        }
        assert_true(halt_is_final(&h));
        /* The first one there only waits to be let go. */
        for (int i = 0; i < 20; i++)
                ask_all(&first, STARTED);
        assert_false(halt_is_final(&first));
}

static void there_is_one_question_at_a_time(void **state)
{
        struct halt h = {.cpus = 1};

        (void)state;
        assert_int_equal(halt_look(&h, true), 0);
        for (int i = 0; i < 100; i++)
                assert_int_equal(halt_look(&h, true), HALT_NOBODY);
        halt_answer(&h, IDLES);
        assert_int_equal(halt_answer(&h, ENDED), HALT_NOBODY);
        assert_int_equal(h.halted, 0);
}

static void a_guest_that_idles_is_asked_less_and_less_often(void **state)
{
        struct halt h = {.cpus = 1};
        unsigned questions = 0;

        (void)state;
        for (int looks = 0; looks < 120; looks++) /* a minute */
                questions += ask_all(&h, IDLES);
        assert_in_range(questions, 6, 12);
        /* Once it has worked, it is asked at the next look. */
        halt_look(&h, false);
        assert_int_equal(ask_all(&h, IDLES), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(three_rounds_of_halted_processors_are_an_end),
            cmocka_unit_test(work_in_between_begins_the_count_again),
            cmocka_unit_test(a_guest_that_waits_or_works_has_not_ended),
            cmocka_unit_test(one_processor_of_many_keeps_the_guest),
            cmocka_unit_test(a_processor_that_was_never_started_counts_as_halted),
            cmocka_unit_test(there_is_one_question_at_a_time),
            cmocka_unit_test(a_guest_that_idles_is_asked_less_and_less_often),
        };

        return cmocka_run_group_tests_name("halt", tests, NULL, NULL);
}
