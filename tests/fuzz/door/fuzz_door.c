/* The door's framing: a stream gives the same messages, and ends in the same way, however it is split. */
#include "../fuzz.h"
#include "../stream.h"

#include <errno.h>

#include "base/strv.h"
#include "door/frame.h"

static int read_all(int fd, struct strv *ret)
{
        struct frame_reader reader = {0};
        json_t *object;
        int r;

        for (;;) {
                r = frame_receive(fd, &reader, &object);
                if (r == -EBADMSG) {
                        strv_add(ret, "(bad message)");
                        continue;
                }
                if (r < 0)
                        break;
                strv_consume(ret, json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS));
                json_decref(object);
        }
        frame_reader_free(&reader);
        close(fd);
        return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct strv whole = {0}, split = {0};
        int a, b;

        if (size < 2 || size > STREAM_MAX)
                return 0;
        a = read_all(stream_open(data + 1, size - 1, 0), &whole);
        b = read_all(stream_open(data + 1, size - 1, data[0]), &split);
        CLAIM(a == b, "%d and %d", a, b);
        CLAIM(whole.n == split.n, "%zu and %zu messages", whole.n, split.n);
        for (size_t i = 0; i < whole.n; i++)
                CLAIM(strcmp(whole.v[i], split.v[i]) == 0, "%s and %s", whole.v[i], split.v[i]);
        strv_free(&whole);
        strv_free(&split);
        return 0;
}
