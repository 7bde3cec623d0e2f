/* The client's side of a zone console; see console.h. */
#include "zlogin/console.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "door/door.h"
#include "door/frame.h"
#include "zlogin/terminal.h"

#define CONNECT_SECONDS 30
#define CHUNK           4096
#define OUT_MAX         (16 * CHUNK)

/* A line of at most max - 1 bytes; what follows it stays in the socket. */
static int read_line(int fd, char *line, size_t max)
{
        size_t n = 0;

        while (n + 1 < max) {
                ssize_t got = recv(fd, line + n, 1, 0);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return -errno;
                if (got == 0)
                        return -ECONNRESET;
                if (line[n] == '\n') {
                        line[n] = '\0';
                        return 0;
                }
                n++;
        }
        return -EBADMSG;
}

static int introduce(int fd, bool disconnect, struct error *err)
{
        char line[128];
        const char *locale = setlocale(LC_MESSAGES, "");
        int n, r;

        if (!locale || strlen(locale) > 64 || strpbrk(locale, " \n"))
                locale = "C";
        n = snprintf(line, sizeof(line), "IDENT %d %s %d\n", (int)getpid(), locale, disconnect);
        r = fs_write_all(fd, line, (size_t)n);
        if (r == 0)
                r = read_line(fd, line, sizeof(line));
        if (r < 0)
                return error_errno(err, r, "no answer from the console");
        if (strcmp(line, "OK") == 0)
                return 0;
        if (line[0] == '\0' || line[strspn(line, "0123456789")] != '\0')
                return error_set(err, EBADMSG, "the console gave an answer that makes no sense");
        return error_set(err, EBUSY, "Console is already in use by process ID %s.", line);
}

int console_connect(const struct root *root, const char *zone, bool disconnect, struct error *err)
{
        const struct timespec nap = {.tv_nsec = 100 * 1000 * 1000};

        /* A zoneadmd that is about to leave may still answer its door: then a new one must be started. */
        for (int i = 0;; i++) {
                _cleanup_close_ int door = door_connect(root, zone, true, err);
                _cleanup_close_ int fd = -1;
                int r;

                if (door < 0)
                        return door;
                fd = door_socket_connect(root, zone, "console_sock", err);
                r = fd < 0 ? fd : introduce(fd, disconnect, err);
                if (r == 0)
                        return TAKE_FD(fd);
                if (r != -ENOENT && r != -ECONNRESET && r != -EPIPE)
                        return r;
                if (i >= CONNECT_SECONDS * 10)
                        return error_set(err, -r, "unable to connect for %d seconds", CONNECT_SECONDS);
                nanosleep(&nap, NULL);
        }
}

struct pump {
        int fd;
        struct escape *escape;
        unsigned char out[OUT_MAX]; /* from the user, for the zone */
        size_t out_len;
        bool typed; /* input comes from a terminal */
        bool input_closed;
        bool ended;
};

/* The user sees which keys ended the session, in the notation of the terminal. */
static void echo_end(const struct escape *escape, unsigned char last)
{
        char text[16];
        size_t n = 0;
        const unsigned char key[] = {(unsigned char)escape->cmdchar, last};

        for (size_t i = 0; i < sizeof(key); i++) {
                if (key[i] < 0x20) {
                        text[n++] = '^';
                        text[n++] = (char)(key[i] + '@');
                } else {
                        text[n++] = (char)key[i];
                }
        }
        text[n++] = '\r';
        text[n++] = '\n';
        fs_write_all(STDOUT_FILENO, text, n);
}

/*
 * What a zone does not take waits in the buffer.  When that is full, a file or pipe is made to wait, but keys
 * are read on and lost: otherwise the keys that end the session could not get through either.
 */
static bool wants_input(const struct pump *p)
{
        return !p->input_closed && (p->typed || p->out_len + CHUNK < OUT_MAX);
}

static void take_input(struct pump *p)
{
        unsigned char in[CHUNK], pass[CHUNK + 1], last = 0;
        ssize_t n = read(STDIN_FILENO, in, sizeof(in));
        size_t len;

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        /* A script's input may end before what it wants to see has come: only the input is over. */
        if (n <= 0) {
                p->input_closed = true;
                return;
        }
        len = escape_filter(p->escape, in, (size_t)n, pass, &p->ended, &last);
        if (len > OUT_MAX - p->out_len)
                len = OUT_MAX - p->out_len;
        memcpy(p->out + p->out_len, pass, len);
        p->out_len += len;
        if (p->ended)
                echo_end(p->escape, last);
}

static int send_input(struct pump *p)
{
        ssize_t n = send(p->fd, p->out, p->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        p->out_len -= (size_t)n;
        memmove(p->out, p->out + n, p->out_len);
        return 0;
}

/* Returns 1 when the zone has closed the connection. */
static int show_output(struct pump *p)
{
        unsigned char data[CHUNK];
        ssize_t n = recv(p->fd, data, sizeof(data), MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno == ECONNRESET))
                return 1;
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        return fs_write_all(STDOUT_FILENO, data, (size_t)n);
}

static int step(struct pump *p, const struct pollfd poll_fd[2])
{
        int r = 0;

        if (poll_fd[0].revents & (POLLIN | POLLHUP | POLLERR))
                r = show_output(p);
        if (r == 0 && poll_fd[1].revents)
                take_input(p);
        if (r == 0 && p->out_len > 0)
                r = send_input(p);
        return r;
}

int console_pump(int fd, struct escape *escape, struct error *err)
{
        struct pump p = {.fd = fd, .escape = escape, .typed = isatty(STDIN_FILENO)};

        while (!p.ended) {
                struct pollfd poll_fd[2] = {
                    {.fd = fd, .events = (short)(POLLIN | (p.out_len > 0 ? POLLOUT : 0))},
                    {.fd = wants_input(&p) ? STDIN_FILENO : -1, .events = POLLIN},
                };
                int r;

                if (ppoll(poll_fd, 2, NULL, terminal_poll_mask()) < 0) {
                        if (errno != EINTR)
                                return error_errno(err, errno, "poll");
                        if (terminal_signal())
                                terminal_deliver(terminal_signal());
                        continue;
                }
                r = step(&p, poll_fd);
                if (r == 1 || r == -EPIPE || r == -ECONNRESET)
                        break;
                if (r < 0)
                        return error_errno(err, r, "console");
        }
        return 0;
}
