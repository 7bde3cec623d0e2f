/*
 * The engine's control channel, read by zoneadmd: whatever an engine that was taken over says, in whatever
 * pieces, the daemon learns the same events and keeps nothing that cannot be shown.  The functions of the
 * daemon that qmp.c calls note that they were called.
 */
#include "../fuzz.h"
#include "../stream.h"

#include <fcntl.h>
#include <stdarg.h>

#include "base/strv.h"
#include "zoneadmd/daemon.h"

static struct strbuf seen;

void zone_log(struct daemon *d, const char *fmt, ...)
{
        char line[512];
        va_list ap;

        (void)d;
        va_start(ap, fmt);
        vsnprintf(line, sizeof(line), fmt, ap);
        va_end(ap);
        CLAIM(str_printable(line), "a line of the log is not printable");
        strbuf_printf(&seen, "log %s\n", line);
}

void door_event(struct daemon *d, const char *event, const char *text)
{
        (void)d;
        strbuf_printf(&seen, "event %s %s\n", event, text);
}

void zone_running(struct daemon *d)
{
        (void)d;
        strbuf_puts(&seen, "running\n");
}

int zone_halt(struct daemon *d, struct error *err)
{
        (void)d;
        (void)err;
        strbuf_puts(&seen, "halt\n");
        return 0;
}

void request_done(struct daemon *d, const char *message, const struct error *err)
{
        (void)d;
        (void)message;
        (void)err;
        strbuf_puts(&seen, "done\n");
}

bool request_awaits_boot(const struct daemon *d)
{
        (void)d;
        return true;
}

/* A channel that has ended is opened again after a second, which no stream lasts. */
int engine_connect(struct daemon *d, const char *name, struct error *err)
{
        (void)d;
        (void)name;
        (void)err;
        abort();
}

void screen_answer(struct daemon *d, long long id, bool taken)
{
        (void)d;
        strbuf_printf(&seen, "answer %lld %d\n", id, taken);
}

void screen_hold(struct daemon *d)
{
        (void)d;
        strbuf_puts(&seen, "hold\n");
}

void daemon_maybe_leave(struct daemon *d)
{
        (void)d;
        strbuf_puts(&seen, "leave\n");
}

/* A stream is read at once here: what it means does not depend on how long the daemon takes. */
void brake_open(struct brake *brake, struct event *source, size_t allowance)
{
        (void)brake;
        (void)source;
        (void)allowance;
}

void brake_count(struct brake *brake, size_t bytes)
{
        (void)brake;
        (void)bytes;
}

void brake_close(struct brake *brake)
{
        (void)brake;
}

/* What the daemon learned from a stream. */
static char *learn(struct event_base *base, const uint8_t *data, size_t size, uint8_t seed)
{
        struct daemon d = {.base = base, .kvm = true, .qmp = {.fd = -1}};

        if (qmp_attach(&d, stream_open(data, size, seed), NULL) < 0)
                exit(0);
        for (int i = 0; i < 200 && d.qmp.fd >= 0; i++)
                event_base_loop(base, EVLOOP_NONBLOCK);
        CLAIM(d.qmp.fd < 0, "the end of the stream was not noticed");
        CLAIM(str_printable(d.qmp.shutdown), "the reason of the shutdown is not printable");
        strbuf_printf(&seen, "shutdown %s crashed %d\n", d.qmp.shutdown, d.qmp.guest_crashed);
        qmp_detach(&d);
        return strbuf_take(&seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct event_base *base;
        char *whole, *split;

        if (!base && !(base = event_base_new()))
                return 0;
        if (size < 2 || size > STREAM_MAX)
                return 0;
        whole = learn(base, data + 1, size - 1, 0);
        split = learn(base, data + 1, size - 1, data[0]);
        CLAIM(strcmp(whole, split) == 0, "\n%s---\n%s", whole, split);
        free(whole);
        free(split);
        return 0;
}
