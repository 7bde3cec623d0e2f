/* Connections to the screen that another process makes: each request gets its own, or none. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "zonevnc/zonevnc.h"

/* A screen on which one client may wait to be let in; the next one's connect() blocks. */
static int serve(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 0), 0);
        return fd;
}

static void ask(struct screens *screens, int milliseconds)
{
        const struct timeval patience = {.tv_sec = milliseconds / 1000,
                                         .tv_usec = milliseconds % 1000 * 1000L};

        assert_int_equal(setsockopt(screens->helper, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
                         0);
}

static bool readable(int fd)
{
        struct pollfd p = {.fd = fd, .events = POLLIN};

        return poll(&p, 1, 5000) == 1;
}

static void stop(struct screens *screens, const char *dir, const char *path)
{
        close(screens->helper);
        wait(NULL);
        unlink(path);
        rmdir(dir);
}

/* Ours is the one of which the screen's end gets what we write. */
static void assert_own(int own, int screen)
{
        int end = accept(screen, NULL, NULL);
        char byte = 0;

        assert_true(own >= 0);
        assert_int_equal(write(own, "x", 1), 1);
        assert_true(readable(end));
        assert_int_equal(read(end, &byte, 1), 1);
        close(own);
        close(end);
}

/* Returns with the helper held up: one client waits, and the second connection was given up. */
static int hold_up(struct screens *screens, char *dir, char path[64])
{
        struct error err = {0};
        int screen, first;

        assert_non_null(mkdtemp(dir));
        snprintf(path, 64, "%s/screen", dir);
        screen = serve(path);
        assert_int_equal(screens_separate(screens, &err), 0);
        first = screens_connect(screens);
        assert_true(first >= 0);
        close(first);
        ask(screens, 100);
        assert_int_equal(screens_connect(screens), -ETIMEDOUT);
        return screen;
}

static void an_answer_that_came_too_late_is_nobodys(void **state)
{
        char dir[] = "/tmp/apiary-test.XXXXXX", path[64], byte;
        struct screens screens = {.where = path, .helper = -1};
        int screen = hold_up(&screens, dir, path), late;

        (void)state;
        close(accept(screen, NULL, NULL));
        assert_true(readable(screen));
        late = accept(screen, NULL, NULL);
        assert_true(readable(screens.helper));
        ask(&screens, 5000);
        assert_own(screens_connect(&screens), screen);
        assert_true(readable(late));
        assert_int_equal(read(late, &byte, 1), 0);
        close(late);
        close(screen);
        stop(&screens, dir, path);
}

static void a_late_answer_is_not_the_one_that_is_waited_for(void **state)
{
        char dir[] = "/tmp/apiary-test.XXXXXX", path[64];
        struct screens screens = {.where = path, .helper = -1};
        int screen = hold_up(&screens, dir, path);
        pid_t pid = fork();

        (void)state;
        if (pid == 0) {
                /* Only once the next request waits behind it, the held-up one is let through. */
                usleep(200 * 1000);
                accept(screen, NULL, NULL);
                accept(screen, NULL, NULL);
                _exit(0);
        }
        ask(&screens, 5000);
        assert_own(screens_connect(&screens), screen);
        waitpid(pid, NULL, 0);
        close(screen);
        stop(&screens, dir, path);
}

static void a_screen_that_is_gone_is_an_answer_too(void **state)
{
        struct screens screens = {.where = "/nonexistent/screen", .helper = -1};
        struct error err = {0};

        (void)state;
        assert_int_equal(screens_separate(&screens, &err), 0);
        assert_int_equal(screens_connect(&screens), -ECONNREFUSED);
        assert_int_equal(screens_connect(&screens), -ECONNREFUSED);
        close(screens.helper);
        wait(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(an_answer_that_came_too_late_is_nobodys),
            cmocka_unit_test(a_late_answer_is_not_the_one_that_is_waited_for),
            cmocka_unit_test(a_screen_that_is_gone_is_an_answer_too),
        };

        return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
