/*
 * The control channel of an engine, of which this test is the other end: what becomes of the channel and of
 * the zone when the engine stops reading, is silent or goes away.  The functions of the daemon that qmp.c
 * calls note that they were called.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoneadmd/daemon.h"

#define GREETING "{\"QMP\": {}}\n"
#define UP       "{\"return\": {}}\n"

static struct {
        unsigned connects, halts, runs;
        int engine; /* the engine's end of the channel that was connected last; -1: it does not listen */
        bool waits; /* somebody waits for the boot */
        char log[4096];
} seen;

void zone_log(struct daemon *d, const char *fmt, ...)
{
        size_t len = strlen(seen.log);
        va_list ap;

        (void)d;
        va_start(ap, fmt);
        vsnprintf(seen.log + len, sizeof(seen.log) - len, fmt, ap);
        va_end(ap);
}

void door_event(struct daemon *d, const char *event, const char *text)
{
        (void)d;
        (void)event;
        (void)text;
}

void zone_running(struct daemon *d)
{
        (void)d;
        seen.runs++;
}

int zone_halt(struct daemon *d, struct error *err)
{
        (void)err;
        seen.halts++;
        qmp_detach(d);
        return 0;
}

void request_done(struct daemon *d, const char *message, const struct error *err)
{
        (void)d;
        (void)message;
        (void)err;
}

bool request_awaits_boot(const struct daemon *d)
{
        (void)d;
        return seen.waits;
}

void screen_answer(struct daemon *d, long long id, bool taken)
{
        (void)d;
        (void)id;
        (void)taken;
}

void screen_hold(struct daemon *d)
{
        (void)d;
}

void daemon_maybe_leave(struct daemon *d)
{
        (void)d;
}

static int channel(void)
{
        int ends[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        if (seen.engine >= 0)
                close(seen.engine);
        seen.engine = ends[1];
        return ends[0];
}

static bool refuses; /* nothing listens */

int engine_connect(struct daemon *d, const char *name, struct error *err)
{
        (void)d;
        assert_string_equal(name, "qmp");
        seen.connects++;
        return refuses ? error_set(err, ECONNREFUSED, "refused") : channel();
}

static int begin(void **state)
{
        static struct daemon d;

        memset(&seen, 0, sizeof(seen));
        seen.engine = -1;
        refuses = false;
        d = (struct daemon){.base = event_base_new(), .kvm = true, .state = ZONE_RUNNING, .qmp = {.fd = -1}};
        *state = &d;
        return d.base ? 0 : -1;
}

static int end(void **state)
{
        struct daemon *d = *state;

        qmp_detach(d);
        event_base_free(d->base);
        if (seen.engine >= 0)
                close(seen.engine);
        return 0;
}

/* What there is to do at this moment. */
static void turn(struct daemon *d)
{
        event_base_loop(d->base, EVLOOP_NONBLOCK);
}

static void turn_for(struct daemon *d, int ms)
{
        const struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

        event_base_loopexit(d->base, &limit);
        event_base_loop(d->base, 0);
}

static void engine_says(struct daemon *d, const char *text)
{
        assert_int_equal(write(seen.engine, text, strlen(text)), strlen(text));
        turn(d);
}

/* Seconds until the next attempt to connect. */
static long until_connect(struct daemon *d)
{
        struct timeval at, now;

        assert_true(evtimer_pending(d->qmp.timer, &at));
        event_base_gettimeofday_cached(d->base, &now);
        evutil_timersub(&at, &now, &at);
        return at.tv_usec > 500000 ? at.tv_sec + 1 : at.tv_sec;
}

static void an_engine_just_started_that_closes_its_channel_fails_its_boot_whoever_waits(void **state)
{
        struct daemon *d = *state;

        assert_int_equal(qmp_attach(d, channel(), NULL), 0);
        engine_says(d, "nonsense\n");
        turn_for(d, 1500);
        assert_int_equal(seen.halts, 1);
        assert_int_equal(seen.connects, 0);
        assert_string_equal(d->reason, "the hypervisor closed its control channel");
}

static void an_engine_found_running_that_closes_its_channel_is_connected_again(void **state)
{
        struct daemon *d = *state;

        assert_int_equal(qmp_connect(d, NULL), 0);
        engine_says(d, "nonsense\n");
        turn_for(d, 1500);
        assert_int_equal(seen.halts, 0);
        assert_int_equal(seen.connects, 2);
        engine_says(d, GREETING UP);
        assert_int_equal(seen.runs, 1);
}

static void an_engine_that_was_up_and_closes_its_channel_is_connected_again(void **state)
{
        struct daemon *d = *state;

        assert_int_equal(qmp_attach(d, channel(), NULL), 0);
        engine_says(d, GREETING UP);
        assert_int_equal(seen.runs, 1);
        engine_says(d, "nonsense\n");
        turn_for(d, 1500);
        assert_int_equal(seen.halts, 0);
        assert_int_equal(seen.connects, 1);
}

static void half_a_command_is_the_last_thing_that_a_channel_carries(void **state)
{
        struct daemon *d = *state;
        int small = 1, fd = channel();
        char *password = calloc(1, 65536), got[65536];
        size_t len = 0;
        ssize_t n;

        assert_non_null(password);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
        memset(password, 'x', 65535);
        assert_int_equal(qmp_attach(d, fd, NULL), 0);
        engine_says(d, GREETING UP);
        /* What the engine has said by then still counts. */
        assert_true(write(seen.engine, "{\"event\": \"GUEST_PANICKED\"}\n", 28) == 28);
        assert_int_equal(qmp_send(d, "set_password", json_pack("{s:s}", "password", password), -1), -EPIPE);
        free(password);
        assert_int_equal(qmp_send(d, "cont", NULL, -1), -EPIPE);
        while ((n = read(seen.engine, got + len, sizeof(got) - len)) > 0)
                len += (size_t)n;
        assert_int_equal(n, 0);
        assert_true(len > 0 && got[len - 1] == 'x');
        turn(d);
        assert_true(d->qmp.guest_crashed);
        turn(d);
        assert_int_equal(d->qmp.fd, -1);
        assert_false(d->qmp.ready);
        assert_int_equal(seen.halts, 0);
        assert_int_equal(until_connect(d), 1);
}

/* The channel ends, and the next one is connected as if the pause were over. */
static long lose(struct daemon *d)
{
        const struct timeval now = {0};
        long pause;

        engine_says(d, "nonsense\n");
        assert_int_equal(d->qmp.fd, -1);
        pause = until_connect(d);
        event_add(d->qmp.timer, &now);
        turn(d);
        assert_true(d->qmp.fd >= 0);
        engine_says(d, GREETING UP);
        assert_true(d->qmp.ready);
        return pause;
}

static void the_pause_grows_until_a_channel_has_lasted_a_minute(void **state)
{
        struct daemon *d = *state;

        assert_int_equal(qmp_connect(d, NULL), 0);
        engine_says(d, GREETING UP);
        assert_int_equal(lose(d), 1);
        assert_int_equal(lose(d), 2);
        assert_int_equal(lose(d), 4);
        d->qmp.since -= 50;
        assert_int_equal(lose(d), 8);
        d->qmp.since -= 61;
        assert_int_equal(lose(d), 1);
        assert_int_equal(lose(d), 2);
}

static void who_needs_the_channel_does_not_wait_for_the_end_of_the_pause(void **state)
{
        struct daemon *d = *state;
        struct error err = {0};

        refuses = true;
        assert_int_equal(qmp_connect(d, &err), -ECONNREFUSED);
        d->qmp.pause = 64;
        refuses = false;
        turn(d);
        assert_int_equal(seen.connects, 1);
        qmp_hasten(d);
        turn(d);
        assert_int_equal(seen.connects, 2);
        engine_says(d, GREETING UP);
        assert_true(d->qmp.ready);
        assert_int_equal(lose(d), 1);
        /* One that is there is left alone. */
        qmp_hasten(d);
        turn(d);
        assert_int_equal(seen.connects, 3);
        assert_true(d->qmp.ready);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(
                an_engine_just_started_that_closes_its_channel_fails_its_boot_whoever_waits, begin, end),
            cmocka_unit_test_setup_teardown(
                an_engine_found_running_that_closes_its_channel_is_connected_again, begin, end),
            cmocka_unit_test_setup_teardown(an_engine_that_was_up_and_closes_its_channel_is_connected_again,
                                            begin, end),
            cmocka_unit_test_setup_teardown(half_a_command_is_the_last_thing_that_a_channel_carries, begin,
                                            end),
            cmocka_unit_test_setup_teardown(the_pause_grows_until_a_channel_has_lasted_a_minute, begin, end),
            cmocka_unit_test_setup_teardown(who_needs_the_channel_does_not_wait_for_the_end_of_the_pause,
                                            begin, end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
