/*
 * Saves a picture of the screen.
 *
 * What arrives comes out of a jail and is hostile, and the program is run by root.  So a child reads it and
 * draws the picture (picture.c), as nobody, without a file, a terminal or a network: it has the connection to
 * the screen and a pipe, see screen_confine_reader().  This process never looks at what comes out of the
 * pipe, writes it to the file, and bounds its size and the time.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "zonevnc/picture.h"
#include "zonevnc/zonevnc.h"

#define PICTURE_MAX  ((size_t)PICTURE_SIDE_MAX * PICTURE_SIDE_MAX * 4 + (1 << 20)) /* nothing compressed */
#define TRIES        10
#define TRY_AGAIN_NS 100000000L
#define CHUNK        (64 * 1024)
#define NOT_SAFE     99 /* how the child ends that could not give up its rights; else an enum picture_end */

/* The descriptors of the child: everything else is closed. */
enum { CHILD_PICTURE = 3, CHILD_SCREEN, CHILD_REASON, CHILD_FDS };

struct child {
        pid_t pid;
        int picture; /* what it draws */
        int reason;  /* why it is not safe to begin; written before it reads anything */
};

static void cleanup_child(struct child *c)
{
        cleanup_close(&c->picture);
        cleanup_close(&c->reason);
}

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int keep_only(int picture, int screen, int reason)
{
        int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd[CHILD_FDS] = {null, null, null};

        fd[CHILD_PICTURE] = picture;
        fd[CHILD_SCREEN] = screen;
        fd[CHILD_REASON] = reason;
        /* Out of the way first: each may have the number that another one is to get. */
        for (int i = 0; i < CHILD_FDS; i++) {
                fd[i] = fcntl(fd[i], F_DUPFD_CLOEXEC, CHILD_FDS);
                if (fd[i] < 0)
                        return -errno;
        }
        for (int i = 0; i < CHILD_FDS; i++)
                if (dup2(fd[i], i) < 0)
                        return -errno;
        return close_range(CHILD_FDS, ~0u, 0) < 0 ? -errno : 0;
}

static _Noreturn void draw(pid_t parent, int screen, int picture, int reason, const char *password)
{
        struct error err = {0};
        int r;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(NOT_SAFE);
        r = keep_only(picture, screen, reason);
        if (r < 0)
                error_errno(&err, r, "giving up descriptors");
        else
                reason = CHILD_REASON;
        if (r == 0)
                r = screen_confine_reader(&err);
        if (r < 0) {
                dprintf(reason, "%s", err.text);
                _exit(NOT_SAFE);
        }
        close(CHILD_REASON);
        _exit(picture_draw(CHILD_SCREEN, CHILD_PICTURE, password));
}

static int start(int screen, const char *password, struct child *ret, struct error *err)
{
        int picture[2], reason[2];
        pid_t parent = getpid();

        if (pipe2(picture, O_CLOEXEC) < 0)
                return error_errno(err, errno, "pipe");
        ret->picture = picture[0];
        if (pipe2(reason, O_CLOEXEC) < 0) {
                close(picture[1]);
                return error_errno(err, errno, "pipe");
        }
        ret->reason = reason[0];
        ret->pid = fork();
        if (ret->pid == 0)
                draw(parent, screen, picture[1], reason[1], password);
        close(picture[1]);
        close(reason[1]);
        return ret->pid < 0 ? error_errno(err, errno, "fork") : 0;
}

/* Returns once the child has no rights any more, or with the reason why it has. */
static int check_safe(const struct child *c, struct error *err)
{
        char text[ERROR_TEXT_MAX];
        size_t have = 0;
        ssize_t n;

        while ((n = read(c->reason, text + have, sizeof(text) - 1 - have)) > 0 || (n < 0 && errno == EINTR))
                have += n > 0 ? (size_t)n : 0;
        text[have] = '\0';
        return have == 0 ? 0 : error_set(err, EPERM, "no picture is read with root's rights: %s", text);
}

/* What the child draws goes to the file; how much that was. */
static int copy(int from, int to, int64_t deadline, size_t *ret_copied, struct error *err)
{
        struct pollfd wait = {.fd = from, .events = POLLIN};
        static char buf[CHUNK];

        for (*ret_copied = 0; *ret_copied <= PICTURE_MAX;) {
                int64_t left = deadline - now_ms();
                int ready = left > 0 ? poll(&wait, 1, (int)left) : 0, r;
                ssize_t n;

                if (ready < 0 && errno == EINTR)
                        continue;
                if (ready <= 0)
                        return error_set(err, ETIMEDOUT, "the screen was not complete within %d s",
                                         PICTURE_SECONDS);
                n = read(from, buf, sizeof(buf));
                if (n < 0)
                        return error_errno(err, errno, "reading the picture");
                if (n == 0)
                        return 0;
                r = fs_write_all(to, buf, (size_t)n);
                if (r < 0)
                        return error_errno(err, r, "writing the picture");
                *ret_copied += (size_t)n;
        }
        return error_set(err, EFBIG, "the picture is larger than any screen");
}

/* How the child ended, or a negative errno. */
static int wait_for_child(pid_t pid, struct error *err)
{
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, errno, "waitpid");
        return WIFEXITED(status) ? WEXITSTATUS(status) : PICTURE_BROKE_OFF;
}

static int fetch(const char *where, int to, const char *password, int64_t deadline, struct error *err)
{
        _cleanup_close_ int screen = screen_connect(where);
        _cleanup_(cleanup_child) struct child child = {.picture = -1, .reason = -1};
        size_t copied = 0;
        int r, end;

        if (screen < 0)
                return error_errno(err, screen, "%s", where);
        r = start(screen, password, &child, err);
        if (r < 0)
                return r;
        r = check_safe(&child, err);
        if (r == 0)
                r = copy(child.picture, to, deadline, &copied, err);
        /* It has ended, or goes on without the pipe or for too long. */
        kill(child.pid, SIGKILL);
        end = wait_for_child(child.pid, r < 0 ? NULL : err);
        if (r < 0)
                return r;
        /* What has been written cannot be taken back. */
        if (end == PICTURE_BROKE_OFF && copied > 0)
                return error_set(err, EIO, "the screen broke off");
        return end;
}

/* A screen that changes while it is fetched, or a machine that starts anew, may break off: then once more. */
static int fetch_patiently(const char *where, int to, const char *password, struct error *err)
{
        const struct timespec pause = {.tv_nsec = TRY_AGAIN_NS};
        const int64_t deadline = now_ms() + PICTURE_SECONDS * 1000;
        int r = PICTURE_BROKE_OFF;

        for (int i = 0; i < TRIES && r == PICTURE_BROKE_OFF && now_ms() < deadline; i++) {
                r = fetch(where, to, password, deadline, err);
                if (r == PICTURE_BROKE_OFF)
                        nanosleep(&pause, NULL);
        }
        switch (r) {
        case PICTURE_DRAWN:
                return 0;
        case PICTURE_NO_SCREEN:
                return error_set(err, EACCES, "the screen lets nobody in%s",
                                 password ? ": wrong password?" : ": it may want a password (-p)");
        case PICTURE_NOT_WRITTEN:
                return error_set(err, EIO, "the picture cannot be written");
        default:
                return r < 0 ? r : error_set(err, EIO, "the screen broke off");
        }
}

static int save_file(const char *where, const char *file, const char *password, struct error *err)
{
        _cleanup_free_ char *temp = NULL;
        _cleanup_close_ int fd = -1;
        int r;

        if (asprintf(&temp, "%s.%d.tmp", file, (int)getpid()) < 0)
                return error_nomem(err);
        fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0)
                return error_errno(err, errno, "%s", file);
        r = fetch_patiently(where, fd, password, err);
        if (r == 0 && rename(temp, file) < 0)
                r = error_errno(err, errno, "%s", file);
        if (r < 0)
                unlink(temp);
        return r;
}

int screenshot_save(const char *where, const char *file, const char *password, struct error *err)
{
        return strcmp(file, "-") == 0 ? fetch_patiently(where, STDOUT_FILENO, password, err)
                                      : save_file(where, file, password, err);
}
