/* Sizes with a scale letter: what zone tools accept, what bhyve -m accepts, and what info prints. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/size.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

struct accepted {
        const char *text;
        uint64_t bytes;
};

struct refused {
        const char *text;
        int code;
};

static void check(int (*parse)(const char *, uint64_t *), const struct accepted *a, size_t n_accepted,
                  const struct refused *b, size_t n_refused)
{
        uint64_t bytes;

        for (size_t i = 0; i < n_accepted; i++) {
                int r = parse(a[i].text, &bytes);

                if (r != 0 || bytes != a[i].bytes)
                        fail_msg("\"%s\": %d, %llu", a[i].text, r, (unsigned long long)bytes);
        }
        for (size_t i = 0; i < n_refused; i++) {
                int r;

                bytes = 4711;
                r = parse(b[i].text, &bytes);
                if (r != b[i].code || bytes != 4711)
                        fail_msg("\"%s\": %d, %llu", b[i].text, r, (unsigned long long)bytes);
        }
}

static void sizes_take_fractions_blanks_and_one_scale_letter(void **state)
{
        static const struct accepted accepted[] = {
            {"0", 0},
            {"1000", 1000},
            {"1K", KIB},
            {"1k", KIB},
            {"50M", 50 * MIB},
            {"512m", 512 * MIB},
            {"4G", 4 * GIB},
            {"2t", 2 * TIB},
            {"1.5G", GIB + GIB / 2},
            {"0.5k", 512},
            {".25M", 256 * KIB},
            {"1.G", GIB},
            {"4 G", 4 * GIB},
            {"4 \tG", 4 * GIB},
            {"007K", 7 * KIB},
            {"1.9", 1},
            {"18446744073709551615", UINT64_MAX},
            {"16777215T", UINT64_C(16777215) * TIB},
        };
        static const struct refused refused[] = {
            {"", -EINVAL},          {" ", -EINVAL},
            {"G", -EINVAL},         {".", -EINVAL},
            {".G", -EINVAL},        {"-1", -EINVAL},
            {"+1G", -EINVAL},       {" 1G", -EINVAL},
            {"1G ", -EINVAL},       {"1KB", -EINVAL},
            {"1B", -EINVAL},        {"1P", -EINVAL},
            {"1e3", -EINVAL},       {"0x10", -EINVAL},
            {"1,5G", -EINVAL},      {"1..5G", -EINVAL},
            {"1G1", -EINVAL},       {"18446744073709551616", -ERANGE},
            {"16777216T", -ERANGE}, {"99999999999999999999999K", -ERANGE},
        };

        (void)state;
        check(size_parse, accepted, ARRAY_SIZE(accepted), refused, ARRAY_SIZE(refused));
}

static void ram_sizes_without_a_letter_are_mebibytes_when_they_are_small(void **state)
{
        static const struct accepted accepted[] = {
            {"256", 256 * MIB},
            {"0", 0},
            {"1048575", UINT64_C(1048575) * MIB},
            {"1048576", 1048576},
            {"536870912", 512 * MIB},
            {"512m", 512 * MIB},
            {"512M", 512 * MIB},
            {"4g", 4 * GIB},
            {"4G", 4 * GIB},
            {"65536k", 64 * MIB},
            {"2T", 2 * TIB},
            {"1p", 1024 * TIB},
            {"1E", 1024 * 1024 * TIB},
            {"7b", 7},
            {"2gb", 2 * GIB},
            {"512MB", 512 * MIB},
            {"1kB", KIB},
            {"15e", 15 * 1024 * 1024 * TIB},
            {"010", 8 * MIB},
            {"010M", 8 * MIB},
            {"0x200", 512 * MIB},
            {"0X1g", GIB},
            {"0x10b", 0x10b * MIB},
        };
        static const struct refused refused[] = {
            {"", -EINVAL},     {"G", -EINVAL},    {"-1", -EINVAL},
            {"1.5G", -EINVAL}, {"1GiB", -EINVAL}, {"1gbb", -EINVAL},
            {"7bb", -EINVAL},  {"1 G", -EINVAL},  {"1x", -EINVAL},
            {" 1", -EINVAL},   {"0x", -EINVAL},   {"0xG", -EINVAL},
            {"09", -EINVAL},   {"16e", -ERANGE},  {"99999999999999999999", -ERANGE},
        };

        (void)state;
        check(size_parse_ram, accepted, ARRAY_SIZE(accepted), refused, ARRAY_SIZE(refused));
}

static void sizes_are_printed_as_info_prints_them(void **state)
{
        static const struct accepted table[] = {
            {"0", 0},
            {"1", 1},
            {"1023", 1023},
            {"1K", KIB},
            {"1.5K", KIB + 512},
            {"1.0K", KIB + 1},
            {"10K", 10 * KIB},
            {"11K", 10 * KIB + 512},
            {"10K", 10 * KIB + 511},
            {"50M", 50 * MIB},
            {"512M", 512 * MIB},
            {"1M", MIB - 1}, /* rounded twice, as the original does */
            {"4G", 4 * GIB},
            {"1.5G", GIB + GIB / 2},
            {"2000T", 2000 * TIB},
            {"16777216T", UINT64_MAX},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                char text[24];

                size_format(table[i].bytes, text, sizeof(text));
                assert_string_equal(text, table[i].text);
        }
}

static void a_printed_size_that_is_exact_reads_back_as_the_same_number(void **state)
{
        static const uint64_t units[] = {1, KIB, MIB, GIB, TIB};

        (void)state;
        for (size_t u = 0; u < ARRAY_SIZE(units); u++)
                for (uint64_t n = 0; n < 1024; n++) {
                        char text[24];
                        uint64_t back;

                        size_format(n * units[u], text, sizeof(text));
                        assert_int_equal(size_parse(text, &back), 0);
                        assert_true(back == n * units[u]);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(sizes_take_fractions_blanks_and_one_scale_letter),
            cmocka_unit_test(ram_sizes_without_a_letter_are_mebibytes_when_they_are_small),
            cmocka_unit_test(sizes_are_printed_as_info_prints_them),
            cmocka_unit_test(a_printed_size_that_is_exact_reads_back_as_the_same_number),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
