/* Framing of the door: JSON objects and NUL bytes from a peer that may send anything. */
#include "../scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "door/door.h"
#include "door/frame.h"

struct ends {
        int ours, theirs;
        struct frame_reader reader;
};

static int make_ends(void **state)
{
        struct ends *e = calloc(1, sizeof(*e));
        int pair[2];

        if (!e || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                return -1;
        e->ours = pair[0];
        e->theirs = pair[1];
        *state = e;
        return 0;
}

static int drop_ends(void **state)
{
        struct ends *e = *state;

        frame_reader_free(&e->reader);
        close(e->ours);
        if (e->theirs >= 0)
                close(e->theirs);
        free(e);
        return 0;
}

/* Sends bytes from a process of their own, so that size never makes the test wait for itself. */
static void send_bytes(struct ends *e, const void *data, size_t len, size_t piece)
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                close(e->ours); /* or it would never learn that the reader stopped */
                signal(SIGPIPE, SIG_IGN);
                for (size_t done = 0; done < len;) {
                        size_t want = len - done < piece ? len - done : piece;
                        ssize_t n = send(e->theirs, (const char *)data + done, want, MSG_NOSIGNAL);

                        if (n <= 0)
                                break;
                        done += (size_t)n;
                }
                _exit(0);
        }
        close(TAKE_FD(e->theirs));
}

static void expect_n(struct ends *e, int want)
{
        json_t *object = NULL;

        assert_int_equal(frame_receive(e->ours, &e->reader, &object), 0);
        assert_int_equal(json_integer_value(json_object_get(object, "n")), want);
        json_decref(object);
}

static void expect_code(struct ends *e, int code)
{
        json_t *object = NULL;

        assert_int_equal(frame_receive(e->ours, &e->reader, &object), code);
        assert_null(object);
}

static void a_sent_object_arrives_as_it_was(void **state)
{
        struct ends *e = *state;
        json_t *sent = json_pack("{s:s, s:{s:b, s:s}}", "method", "org.apiary.zone.Boot", "parameters",
                                 "force", 1, "args", "Zürich \"quoted\"\n");
        json_t *got = NULL;

        assert_int_equal(frame_send(e->theirs, sent), 0);
        assert_int_equal(frame_receive(e->ours, &e->reader, &got), 0);
        assert_true(json_equal(sent, got));
        json_decref(sent);
        json_decref(got);
}

static void a_message_split_at_every_byte_is_put_together(void **state)
{
        struct ends *e = *state;
        static const char text[] = "{\"n\":1}\0{\"n\":22}";

        send_bytes(e, text, sizeof(text), 1);
        expect_n(e, 1);
        expect_n(e, 22);
        expect_code(e, -ECONNRESET);
}

static void several_messages_in_one_read_come_out_one_by_one(void **state)
{
        struct ends *e = *state;
        static const char text[] = "{\"n\":1}\0{\"n\":2}\0\n{\"n\":3}\0 {\"n\":";

        send_bytes(e, text, sizeof(text) - 1, sizeof(text));
        expect_n(e, 1);
        expect_n(e, 2);
        expect_n(e, 3);
        /* The rest is half a message. */
        expect_code(e, -ECONNRESET);
}

static void malformed_messages_are_refused_and_the_next_one_is_read(void **state)
{
        static const char *const bad[] = {"",
                                          "{",
                                          "[]",
                                          "[{\"n\":1}]",
                                          "1",
                                          "\"x\"",
                                          "null",
                                          "{\"n\":1",
                                          "{n:1}",
                                          "{\"n\":1}x",
                                          "\xff",
                                          "{\"n\":\"\xff\"}",
                                          "{\"n\":1,\"n\":2}",
                                          "{\"n\":1e999}"};
        struct ends *e = *state;
        _cleanup_free_ char *all = NULL;
        size_t len = 0;
        FILE *f = open_memstream(&all, &len);

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                fprintf(f, "%s%c{\"n\":%zu}%c", bad[i], '\0', i, '\0');
        fclose(f);
        send_bytes(e, all, len, len);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                expect_code(e, -EBADMSG);
                expect_n(e, (int)i);
        }
}

static void deep_nesting_is_refused_without_exhausting_the_stack(void **state)
{
        enum { DEEP = 100000 };
        struct ends *e = *state;
        _cleanup_free_ char *text = malloc(DEEP + 1);

        memset(text, '[', DEEP);
        text[DEEP] = '\0';
        memcpy(text, "{\"n\":", 5);
        send_bytes(e, text, DEEP + 1, DEEP + 1);
        expect_code(e, -EBADMSG);
}

/* {"x":"aaa..."} with the NUL, len bytes before it. */
static char *long_message(size_t len)
{
        char *text = malloc(len + 1);

        assert_non_null(text);
        memset(text, 'a', len);
        memcpy(text, "{\"x\":\"", 6);
        memcpy(text + len - 2, "\"}", 3);
        return text;
}

static void a_message_of_exactly_the_limit_is_read(void **state)
{
        struct ends *e = *state;
        _cleanup_free_ char *text = long_message(DOOR_MAX_MESSAGE);
        json_t *object = NULL;

        send_bytes(e, text, DOOR_MAX_MESSAGE + 1, DOOR_MAX_MESSAGE + 1);
        assert_int_equal(frame_receive(e->ours, &e->reader, &object), 0);
        assert_int_equal(json_string_length(json_object_get(object, "x")), DOOR_MAX_MESSAGE - 8);
        json_decref(object);
}

static void a_message_beyond_the_limit_is_refused_by_one_byte(void **state)
{
        struct ends *e = *state;
        _cleanup_free_ char *text = long_message(DOOR_MAX_MESSAGE + 1);

        send_bytes(e, text, DOOR_MAX_MESSAGE + 2, DOOR_MAX_MESSAGE + 2);
        expect_code(e, -EMSGSIZE);
}

static void a_flood_without_an_end_is_refused_at_the_limit(void **state)
{
        struct ends *e = *state;
        _cleanup_free_ char *flood = malloc(4 * DOOR_MAX_MESSAGE);

        memset(flood, 'a', 4 * DOOR_MAX_MESSAGE);
        send_bytes(e, flood, 4 * DOOR_MAX_MESSAGE, 4 * DOOR_MAX_MESSAGE);
        expect_code(e, -EMSGSIZE);
        assert_true(e->reader.len <= DOOR_MAX_MESSAGE + 4096);
}

static void sending_to_a_peer_that_is_gone_is_an_error_and_no_signal(void **state)
{
        struct ends *e = *state;
        json_t *object = json_object();

        signal(SIGPIPE, SIG_DFL);
        close(TAKE_FD(e->theirs));
        assert_int_equal(frame_send(e->ours, object), -EPIPE);
        json_decref(object);
}

#define ends_test(f) cmocka_unit_test_setup_teardown(f, make_ends, drop_ends)

int main(void)
{
        const struct CMUnitTest tests[] = {
            ends_test(a_sent_object_arrives_as_it_was),
            ends_test(a_message_split_at_every_byte_is_put_together),
            ends_test(several_messages_in_one_read_come_out_one_by_one),
            ends_test(malformed_messages_are_refused_and_the_next_one_is_read),
            ends_test(deep_nesting_is_refused_without_exhausting_the_stack),
            ends_test(a_message_of_exactly_the_limit_is_read),
            ends_test(a_message_beyond_the_limit_is_refused_by_one_byte),
            ends_test(a_flood_without_an_end_is_refused_at_the_limit),
            ends_test(sending_to_a_peer_that_is_gone_is_an_error_and_no_signal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
