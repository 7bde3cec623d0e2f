/* What the targets share: a claim about any input, which ends the run with one line when it is wrong. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLAIM(condition, ...)                                                                                \
        do {                                                                                                 \
                if (!(condition)) {                                                                          \
                        fprintf(stderr, "%s:%d: not true: %s: ", __FILE__, __LINE__, #condition);            \
                        fprintf(stderr, __VA_ARGS__);                                                        \
                        fputc('\n', stderr);                                                                 \
                        abort();                                                                             \
                }                                                                                            \
        } while (0)

/* The input as a text: a copy up to its first NUL, on the heap so that a read past its end is found. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
        char *text = strndup((const char *)data, size);

        if (!text)
                exit(0);
        return text;
}
