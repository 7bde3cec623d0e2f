/* The packed nvlist: the byte vectors of libnvpair, both encodings, both byte orders, and malformed input. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "nvlist/nvlist.h"

static const uint8_t native_vector[80] = {
    0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00,
    0x0b, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x00, 0x62, 0x68, 0x79, 0x76,
    0x65, 0x5f, 0x61, 0x72, 0x67, 0x73, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x62, 0x68, 0x79, 0x76,
    0x65, 0x00, 0x2d, 0x48, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};
static const uint8_t xdr_vector[72] = {
    0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
    0x34, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x0a, 0x62, 0x68, 0x79, 0x76, 0x65, 0x5f,
    0x61, 0x72, 0x67, 0x73, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x00, 0x02, 0x00,
    0x00, 0x00, 0x05, 0x62, 0x68, 0x79, 0x76, 0x65, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
    0x2d, 0x48, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};
static const char *const two[] = {"bhyve", "-H"};

static void assert_packs(const char *const *strings, size_t n, enum nvlist_encoding encoding, size_t total,
                         uint32_t size, uint32_t decoded)
{
        _cleanup_free_ void *data = NULL;
        const uint8_t *p;
        size_t len;

        assert_int_equal(nvlist_pack_strings("bhyve_args", strings, n, encoding, &data, &len), 0);
        assert_int_equal(len, total);
        p = data;
        if (encoding == NVLIST_NATIVE) {
                assert_int_equal(p[12] | p[13] << 8, size);
        } else {
                assert_int_equal(p[14] << 8 | p[15], size);
                assert_int_equal(p[18] << 8 | p[19], decoded);
        }
}

static void packs_the_bytes_of_libnvpair(void **state)
{
        _cleanup_free_ void *native = NULL, *xdr = NULL;
        size_t len;

        (void)state;
        assert_int_equal(nvlist_pack_strings("bhyve_args", two, 2, NVLIST_NATIVE, &native, &len), 0);
        assert_int_equal(len, sizeof(native_vector));
        assert_memory_equal(native, native_vector, len);
        assert_int_equal(nvlist_pack_strings("bhyve_args", two, 2, NVLIST_XDR, &xdr, &len), 0);
        assert_int_equal(len, sizeof(xdr_vector));
        assert_memory_equal(xdr, xdr_vector, len);
}

static void sizes_of_other_arrays_are_those_of_libnvpair(void **state)
{
        (void)state;
        assert_packs((const char *[]){"a"}, 1, NVLIST_NATIVE, 64, 0x30, 0);
        assert_packs((const char *[]){"a"}, 1, NVLIST_XDR, 60, 0x28, 0x30);
        assert_packs((const char *[]){"abc", "", "defgh"}, 3, NVLIST_NATIVE, 88, 0x48, 0);
        assert_packs((const char *[]){"abc", "", "defgh"}, 3, NVLIST_XDR, 76, 0x38, 0x48);
        assert_packs((const char *[]){"-U", "0123"}, 2, NVLIST_NATIVE, 72, 0x38, 0);
}

static void assert_unpacks(const void *data, size_t len, const char *const *expect, size_t n)
{
        struct error err = {0};
        char **strings;
        size_t got;

        assert_int_equal(nvlist_unpack_strings(data, len, "bhyve_args", &strings, &got, &err), 0);
        assert_int_equal(got, n);
        for (size_t i = 0; i < n; i++)
                assert_string_equal(strings[i], expect[i]);
        assert_null(strings[n]);
        nvlist_free(strings);
}

static void reads_both_encodings(void **state)
{
        (void)state;
        assert_unpacks(native_vector, sizeof(native_vector), two, 2);
        assert_unpacks(xdr_vector, sizeof(xdr_vector), two, 2);
}

static void swap(uint8_t *p, size_t n)
{
        for (size_t i = 0; i < n / 2; i++) {
                uint8_t t = p[i];

                p[i] = p[n - 1 - i];
                p[n - 1 - i] = t;
        }
}

static void reads_a_native_list_of_the_other_byte_order(void **state)
{
        uint8_t big[sizeof(native_vector)];

        (void)state;
        memcpy(big, native_vector, sizeof(big));
        big[1] = 0;
        for (size_t at = 4; at <= 12; at += 4)
                swap(big + at, 4);
        swap(big + 16, 2);
        swap(big + 20, 4);
        swap(big + 24, 4);
        assert_unpacks(big, sizeof(big), two, 2);
}

static void pointer_slots_are_not_trusted(void **state)
{
        uint8_t list[sizeof(native_vector)];

        (void)state;
        memcpy(list, native_vector, sizeof(list));
        memset(list + 0x2c, 0xff, 16);
        assert_unpacks(list, sizeof(list), two, 2);
}

static void every_array_survives_the_way_there_and_back(void **state)
{
        const char *strings[64];
        char text[64][70];

        (void)state;
        for (size_t n = 0; n <= 64; n++) {
                for (int encoding = 0; encoding < 2; encoding++) {
                        _cleanup_free_ void *data = NULL;
                        size_t len;

                        for (size_t i = 0; i < n; i++) {
                                memset(text[i], 'a' + (int)(i % 26), i + 1);
                                text[i][i] = '\0';
                                strings[i] = text[i];
                        }
                        assert_int_equal(nvlist_pack_strings("bhyve_args", strings, n, encoding, &data, &len),
                                         0);
                        assert_unpacks(data, len, strings, n);
                }
        }
}

/* Puts the pairs of b after those of a: two lists become one with two pairs. */
static uint8_t *join(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, size_t end)
{
        uint8_t *both = malloc(a_len + b_len - 12 - end);

        assert_non_null(both);
        memcpy(both, a, a_len - end);
        memcpy(both + a_len - end, b + 12, b_len - 12);
        return both;
}

static void other_pairs_are_skipped(void **state)
{
        (void)state;
        for (int encoding = 0; encoding < 2; encoding++) {
                _cleanup_free_ void *other = NULL, *mine = NULL;
                _cleanup_free_ uint8_t *both = NULL;
                size_t other_len, mine_len, end = encoding == NVLIST_XDR ? 8 : 4;

                assert_int_equal(
                    nvlist_pack_strings("uuid", (const char *[]){"x"}, 1, encoding, &other, &other_len), 0);
                /* Type 9 is a string: a pair that we have no use for. */
                ((uint8_t *)other)[encoding == NVLIST_XDR ? 31 : 24] = 9;
                assert_int_equal(nvlist_pack_strings("bhyve_args", two, 2, encoding, &mine, &mine_len), 0);
                both = join(other, other_len, mine, mine_len, end);
                assert_unpacks(both, other_len + mine_len - 12 - end, two, 2);
        }
}

static void a_missing_key_is_not_malformed(void **state)
{
        struct error err = {0};
        char **strings;
        size_t n;

        (void)state;
        assert_int_equal(
            nvlist_unpack_strings(xdr_vector, sizeof(xdr_vector), "zhyve_args", &strings, &n, &err), -ENOENT);
        assert_string_equal(err.text, "the nvlist has no \"zhyve_args\"");
}

/* A copy on the heap, exactly as long as the input, so that ASan sees the first byte read too far. */
static int unpack_copy(const uint8_t *data, size_t len)
{
        _cleanup_free_ uint8_t *copy = malloc(len ? len : 1);
        struct error err = {0};
        char **strings;
        size_t n;
        int r;

        assert_non_null(copy);
        memcpy(copy, data, len);
        r = nvlist_unpack_strings(copy, len, "bhyve_args", &strings, &n, &err);
        if (r == 0)
                nvlist_free(strings);
        else
                assert_true(err.text[0] != '\0');
        return r;
}

static void every_truncation_is_malformed(void **state)
{
        (void)state;
        for (size_t len = 0; len < sizeof(native_vector); len++)
                assert_int_equal(unpack_copy(native_vector, len), -EBADMSG);
        for (size_t len = 0; len < sizeof(xdr_vector); len++)
                assert_int_equal(unpack_copy(xdr_vector, len), -EBADMSG);
}

static void every_changed_byte_is_read_safely(void **state)
{
        uint8_t list[80];
        size_t accepted = 0, refused = 0;

        (void)state;
        for (int which = 0; which < 2; which++) {
                size_t len = which ? sizeof(xdr_vector) : sizeof(native_vector);

                for (size_t at = 0; at < len; at++) {
                        for (int value = 0; value < 256; value++) {
                                int r;

                                memcpy(list, which ? xdr_vector : native_vector, len);
                                list[at] = (uint8_t)value;
                                r = unpack_copy(list, len);
                                assert_true(r == 0 || r == -EBADMSG || r == -ENOENT);
                                *(r == 0 ? &accepted : &refused) += 1;
                        }
                }
        }
        assert_true(accepted > 0 && refused > accepted / 4);
}

static void a_wrong_type_or_count_is_malformed(void **state)
{
        uint8_t list[sizeof(native_vector)];

        (void)state;
        memcpy(list, native_vector, sizeof(list));
        list[24] = 9;
        assert_int_equal(unpack_copy(list, sizeof(list)), -EBADMSG);
        memcpy(list, native_vector, sizeof(list));
        memset(list + 20, 0xff, 4);
        assert_int_equal(unpack_copy(list, sizeof(list)), -EBADMSG);
}

static void what_cannot_be_packed_is_refused(void **state)
{
        _cleanup_free_ char *huge = malloc(NVLIST_MAX_BYTES + 1);
        void *data;
        size_t len;

        (void)state;
        assert_non_null(huge);
        memset(huge, 'x', NVLIST_MAX_BYTES);
        huge[NVLIST_MAX_BYTES] = '\0';
        assert_int_equal(nvlist_pack_strings("", two, 2, NVLIST_XDR, &data, &len), -EINVAL);
        assert_int_equal(nvlist_pack_strings("k", two, 2, 2, &data, &len), -EINVAL);
        assert_int_equal(nvlist_pack_strings("k", (const char *[]){huge}, 1, NVLIST_XDR, &data, &len),
                         -EINVAL);
        assert_int_equal(nvlist_pack_strings("k", two, NVLIST_MAX_STRINGS + 1, NVLIST_XDR, &data, &len),
                         -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(packs_the_bytes_of_libnvpair),
            cmocka_unit_test(sizes_of_other_arrays_are_those_of_libnvpair),
            cmocka_unit_test(reads_both_encodings),
            cmocka_unit_test(reads_a_native_list_of_the_other_byte_order),
            cmocka_unit_test(pointer_slots_are_not_trusted),
            cmocka_unit_test(every_array_survives_the_way_there_and_back),
            cmocka_unit_test(other_pairs_are_skipped),
            cmocka_unit_test(a_missing_key_is_not_malformed),
            cmocka_unit_test(every_truncation_is_malformed),
            cmocka_unit_test(every_changed_byte_is_read_safely),
            cmocka_unit_test(a_wrong_type_or_count_is_malformed),
            cmocka_unit_test(what_cannot_be_packed_is_refused),
        };

        return cmocka_run_group_tests_name("nvlist", tests, NULL, NULL);
}
