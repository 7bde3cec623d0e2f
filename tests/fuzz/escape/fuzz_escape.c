/*
 * The escape character of zlogin: what is typed in one go is treated as what is typed a byte at a time, and
 * nothing is sent that was not typed.
 */
#include "../fuzz.h"

#include "zlogin/escape.h"

static void check_option(const uint8_t *data, size_t size)
{
        char *text = fuzz_text(data, size < 8 ? size : 8);
        int c;

        if (escape_parse(text, &c) == 0)
                CLAIM(c >= 0 && c <= 255, "%d", c);
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct escape whole, split;
        unsigned char *out, *one, last = 0, last_one = 0;
        bool end = false, end_one = false;
        size_t sent, n = 0;

        if (size < 1)
                return 0;
        check_option(data, size);
        out = malloc(size);
        one = malloc(2 * size);
        if (!out || !one)
                exit(0);
        escape_init(&whole, data[0]);
        split = whole;
        sent = escape_filter(&whole, data + 1, size - 1, out, &end, &last);
        for (size_t i = 1; i < size && !end_one; i++)
                n += escape_filter(&split, data + i, 1, one + n, &end_one, &last_one);
        CLAIM(sent < size, "%zu bytes of %zu", sent, size - 1);
        CLAIM(sent == n && memcmp(out, one, n) == 0, "%zu and %zu bytes", sent, n);
        CLAIM(end == end_one && (!end || last == last_one), "ended by %d and %d", last, last_one);
        free(out);
        free(one);
        return 0;
}
