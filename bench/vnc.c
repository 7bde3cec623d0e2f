/*
 * How much of a screen's rate is left behind zonevnc's relay: full updates in raw encoding, fetched directly
 * from the screen's socket and through the relay, in turn.
 *
 *   bench-vnc FRAMES [SOCKET]
 *
 * Prints MiB/s directly, MiB/s through the relay, and the median and the upper quartile of the ratio of a
 * relayed round to the direct one before it.  The engine sends an idle screen ever more rarely, so the guest
 * is told to make it flicker (vgasect.S).  Without SOCKET the screen is a process that sends updates of
 * 1920x1200 as fast as they are taken, which no real one does: then the relay's own copying is what counts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "measure.h"
#include "zonevnc/zonevnc.h"

#define ROUNDS 9
#define WIDTH  1920
#define HEIGHT 1200

static bool real; /* the screen is that of a guest */
static int tell;  /* where the relay says its address */

static _Noreturn void fail(const char *what)
{
        fprintf(stderr, "bench-vnc: %s: %s\n", what, strerror(errno));
        exit(1);
}

static void get(int fd, void *data, size_t n)
{
        if (n > 0 && recv(fd, data, n, MSG_WAITALL) != (ssize_t)n)
                fail("the screen broke off");
}

static void put(int fd, const void *data, size_t n)
{
        if (send(fd, data, n, MSG_NOSIGNAL) != (ssize_t)n)
                fail("sending");
}

static void skip(int fd, size_t n)
{
        static unsigned char sink[1024 * 1024];

        while (n > 0) {
                ssize_t some = recv(fd, sink, n < sizeof(sink) ? n : sizeof(sink), 0);

                if (some <= 0)
                        fail("the screen broke off");
                n -= (size_t)some;
        }
}

static uint16_t get16(const unsigned char *p)
{
        return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const unsigned char *p)
{
        return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Logs in to a screen without a password; request gets the message that asks for all of it. */
static int open_screen(const char *where, unsigned char request[10])
{
        static const unsigned char raw_only[] = {2, 0, 0, 1, 0, 0, 0, 0};
        static const unsigned char flicker[] = {4, 1, 0, 0, 0, 0, 0, 'F', 4, 0, 0, 0, 0, 0, 0, 'F'};
        unsigned char b[256];
        int fd = screen_connect(where);

        if (fd < 0)
                fail(where);
        get(fd, b, 12);
        put(fd, "RFB 003.008\n", 12);
        get(fd, b, 1);
        get(fd, b + 1, b[0]);
        put(fd, "\1", 1);
        get(fd, b, 4);
        put(fd, "\1", 1);
        get(fd, b, 24);
        memcpy(request, "\3\0\0\0\0\0", 6);
        memcpy(request + 6, b, 4);
        skip(fd, get32(b + 20));
        put(fd, raw_only, sizeof(raw_only));
        if (real)
                put(fd, flicker, sizeof(flicker));
        return fd;
}

/* Reads one update, and whatever comes before it; returns its bytes. */
static size_t read_update(int fd)
{
        unsigned char b[16];
        size_t all = 0;

        for (get(fd, b, 1); b[0] != 0; get(fd, b, 1)) {
                if (b[0] == 2) /* bell */
                        continue;
                if (b[0] != 3) {
                        errno = EBADMSG;
                        fail("message");
                }
                get(fd, b, 7);
                skip(fd, get32(b + 3));
        }
        get(fd, b, 3);
        for (unsigned n = get16(b + 1); n > 0; n--) {
                size_t pixels;

                get(fd, b, 12);
                pixels = (size_t)get16(b + 4) * get16(b + 6) * 4;
                skip(fd, pixels);
                all += pixels;
        }
        return all;
}

/* Fetches that many full updates and returns MiB/s. */
static double measure(const char *where, int frames)
{
        unsigned char request[10];
        int fd = open_screen(where, request);
        size_t bytes = 0;
        double start;

        put(fd, request, sizeof(request));
        read_update(fd);
        start = now_ms();
        for (int i = 0; i < frames; i++) {
                put(fd, request, sizeof(request));
                bytes += read_update(fd);
        }
        start = now_ms() - start;
        close(fd);
        return (double)bytes / start * 1000 / (1024 * 1024);
}

static void announce(const char *address)
{
        if (write(tell, address, strlen(address)) < 0)
                fail("pipe");
        close(tell);
}

static pid_t start_relay(const char *where, char *address, size_t size)
{
        const struct listen_at at = {.address = "127.0.0.1"};
        struct error err = {0};
        int ends[2];
        ssize_t n;
        pid_t pid;

        if (pipe(ends) < 0 || (pid = fork()) < 0)
                fail("fork");
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                close(ends[0]);
                tell = ends[1];
                struct screens screens = {.where = where, .helper = -1};

                relay_serve(&at, &screens, announce, &err);
                fprintf(stderr, "bench-vnc: %s\n", err.text);
                _exit(1);
        }
        close(ends[1]);
        n = read(ends[0], address, size - 1);
        if (n <= 0)
                fail("relay");
        address[n] = '\0';
        close(ends[0]);
        return pid;
}

/* ---- the screen that is as fast as it can be ---------------------------------------------------------- */

static void serve_one(int fd)
{
        static const unsigned char init[24] = {
            WIDTH >> 8, WIDTH & 255, HEIGHT >> 8, HEIGHT & 255, 32, 24, 0, 1, 0, 255,
            0,          255,         0,           255,          16, 8,  0};
        static const unsigned char update[16] = {0, 0, 0,          1,           0,           0,
                                                 0, 0, WIDTH >> 8, WIDTH & 255, HEIGHT >> 8, HEIGHT & 255};
        static unsigned char pixels[WIDTH * HEIGHT * 4];
        unsigned char b[16];

        put(fd, "RFB 003.008\n", 12);
        get(fd, b, 12);
        put(fd, "\1\1", 2);
        get(fd, b, 1);
        put(fd, "\0\0\0\0", 4);
        get(fd, b, 1);
        put(fd, init, sizeof(init));
        get(fd, b, 8);
        while (recv(fd, b, 10, MSG_WAITALL) == 10) {
                put(fd, update, sizeof(update));
                for (size_t at = 0; at < sizeof(pixels);) {
                        ssize_t n = send(fd, pixels + at, sizeof(pixels) - at, MSG_NOSIGNAL);

                        if (n <= 0)
                                return;
                        at += (size_t)n;
                }
        }
}

static pid_t start_screen(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int listener = socket(AF_UNIX, SOCK_STREAM, 0);
        pid_t pid;

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            listen(listener, 4) < 0 || (pid = fork()) < 0)
                fail(path);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (;;) {
                        int fd = accept(listener, NULL, NULL);

                        if (fd < 0)
                                _exit(1);
                        serve_one(fd);
                        close(fd);
                }
        }
        close(listener);
        return pid;
}

static void end(pid_t pid)
{
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
        double direct[ROUNDS], relayed[ROUNDS], ratio[ROUNDS];
        int frames = argc > 1 ? atoi(argv[1]) : 0;
        char address[LISTEN_TEXT], own[64];
        const char *where = argc == 3 ? argv[2] : own;
        pid_t screen = 0, relay;

        if (frames <= 0 || argc > 3) {
                fputs("usage: bench-vnc frames [socket]\n", stderr);
                return 2;
        }
        real = argc == 3;
        if (!real) {
                snprintf(own, sizeof(own), "/tmp/bench-vnc.%d", (int)getpid());
                screen = start_screen(own);
        }
        relay = start_relay(where, address, sizeof(address));
        for (int i = 0; i < ROUNDS; i++) {
                direct[i] = measure(where, frames);
                relayed[i] = measure(address, frames);
                ratio[i] = relayed[i] / direct[i];
        }
        end(relay);
        if (screen > 0) {
                end(screen);
                unlink(own);
        }
        printf("%.1f %.1f %.3f %.3f\n", quantile(direct, ROUNDS, 0.5), quantile(relayed, ROUNDS, 0.5),
               quantile(ratio, ROUNDS, 0.5), quantile(ratio, ROUNDS, 0.75));
        return 0;
}
