/*
 * ZONEPATH/log/zone.log: what the daemon did with the zone, what hooks printed, and what the engine wrote to
 * its standard error.  The last is hostile: at most ENGINE_LOG_MAX bytes for each boot are kept, whatever is
 * not plain ASCII is replaced (terminals obey the control characters beyond it, too), and the pipe is read to
 * the end either way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "bhyve/bhyve.h"
#include "zoneadmd/daemon.h"

#define ALLOWANCE (64 * 1024)   /* bytes of the engine in a tenth of a second */
#define LOG_MAX   (1024 * 1024) /* bytes; the log is then renamed to zone.log.old */

static int log_open(struct daemon *d)
{
        _cleanup_close_ int zonepath = -1, dir = -1;
        struct stat st;
        int fd;

        if (!d->zonepath[0])
                return -ENOENT;
        zonepath = open(d->zonepath, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (zonepath < 0)
                return -errno;
        if (mkdirat(zonepath, "log", 0700) < 0 && errno != EEXIST)
                return -errno;
        dir = fs_open_beneath(zonepath, "log", O_RDONLY | O_DIRECTORY, 0);
        if (dir < 0)
                return dir;
        fd = fs_open_beneath(dir, "zone.log", O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0600);
        if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > LOG_MAX) {
                close(fd);
                if (renameat(dir, "zone.log", dir, "zone.log.old") < 0)
                        return -errno;
                fd = fs_open_beneath(dir, "zone.log", O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0600);
        }
        return fd;
}

/* One line at a time, each with the date in front; whatever cannot be printed becomes '?'. */
static void log_lines(struct daemon *d, const char *text, size_t len)
{
        _cleanup_close_ int fd = log_open(d);
        char stamp[32], line[1200];
        time_t now = time(NULL);
        struct tm tm;

        if (fd < 0)
                return;
        localtime_r(&now, &tm);
        strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S%z", &tm);
        while (len > 0) {
                const char *end = memchr(text, '\n', len);
                size_t n = end ? (size_t)(end - text) : len, head;

                head = (size_t)snprintf(line, sizeof(line), "%s ", stamp);
                for (size_t i = 0; i < n && head < sizeof(line) - 1; i++) {
                        unsigned char c = (unsigned char)text[i];

                        line[head++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
                }
                line[head++] = '\n';
                if (fs_write_all(fd, line, head) < 0)
                        return;
                text += n + (end != NULL);
                len -= n + (end != NULL);
        }
}

void zone_log(struct daemon *d, const char *fmt, ...)
{
        char text[1024];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        log_lines(d, text, strlen(text));
}

static void log_engine_line(struct daemon *d)
{
        struct engine_log *log = &d->engine_log;

        enum engine_line kind;

        log->last[log->len] = '\0';
        log->len = 0;
        kind = bhyve_engine_line(log->last);
        if (kind == ENGINE_LINE_TRIPLE_FAULT)
                log->triple_fault = true;
        if (kind != ENGINE_LINE_TEXT) {
                log->last[0] = '\0';
                return;
        }
        if (log->logged >= ENGINE_LOG_MAX || !log->last[0])
                return;
        log->logged += strlen(log->last) + 1;
        zone_log(d, "hypervisor: %s", log->last);
        if (log->logged >= ENGINE_LOG_MAX)
                zone_log(d, "the hypervisor writes too much to its standard error; the rest is not logged");
}

/* Puts lines together; the last one stays in log->last: when the engine dies at once, that is why. */
static void engine_log_take(struct daemon *d, const char *data, size_t len)
{
        struct engine_log *log = &d->engine_log;

        for (size_t i = 0; i < len; i++) {
                unsigned char c = (unsigned char)data[i];

                if (c == '\n')
                        log_engine_line(d);
                else if (log->len < sizeof(log->last) - 1)
                        log->last[log->len++] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
        }
}

/* One read; false when there is nothing more to come. */
static bool engine_log_read(struct daemon *d)
{
        char data[4096];
        ssize_t n;

        errno = 0;
        n = read(d->engine_log.fd, data, sizeof(data));
        if (n > 0) {
                brake_count(&d->engine_log.brake, (size_t)n);
                engine_log_take(d, data, (size_t)n);
        }
        return n > 0 || errno == EINTR;
}

static void engine_log_readable(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        if (!engine_log_read(arg) && errno != EAGAIN)
                engine_log_detach(arg);
}

void engine_log_drain(struct daemon *d)
{
        for (int i = 0; i < 64 && d->engine_log.fd >= 0; i++)
                if (!engine_log_read(d))
                        break;
        if (d->engine_log.len > 0)
                log_engine_line(d);
}

int engine_log_attach(struct daemon *d, int fd)
{
        engine_log_detach(d);
        evutil_make_socket_nonblocking(fd);
        d->engine_log = (struct engine_log){.fd = fd};
        d->engine_log.readable = event_new(d->base, fd, EV_READ | EV_PERSIST, engine_log_readable, d);
        if (!d->engine_log.readable || event_add(d->engine_log.readable, NULL) < 0) {
                engine_log_detach(d);
                return -ENOMEM;
        }
        brake_open(&d->engine_log.brake, d->engine_log.readable, ALLOWANCE);
        return 0;
}

void engine_log_detach(struct daemon *d)
{
        brake_close(&d->engine_log.brake);
        if (d->engine_log.readable)
                event_free(d->engine_log.readable);
        d->engine_log.readable = NULL;
        cleanup_close(&d->engine_log.fd);
}
