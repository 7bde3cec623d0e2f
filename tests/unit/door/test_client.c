/* The client's side of the door: daemons that are absent, that fail to start, that fall silent. */
#include "../scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "door/door.h"
#include "door/frame.h"

static struct root make_root(const struct scratch *s)
{
        struct root root = {0};
        int run;

        assert_int_equal(root_set(&root, s->path, NULL), 0);
        run = root_make_dir(&root, ZONES_RUN, 0700, NULL);
        assert_true(run >= 0);
        close(run);
        return root;
}

/* A listening socket at run/zones/NAME below the scratch directory. */
static int listen_at(const struct scratch *s, const char *name)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/run/zones/%s",
                             s->fd, name) < (int)sizeof(address.sun_path));
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 5), 0);
        return fd;
}

/* A shell script in the place of zoneadmd; descriptor 3 is where it reports. */
static void put_daemon(const struct scratch *s, const char *script)
{
        char path[PATH_MAX];
        int dir;

        snprintf(path, sizeof(path), "%s%s", s->path, ZONES_LIB);
        assert_int_equal(fs_mkdir_p(path, 0755), 0);
        dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(dir >= 0);
        scratch_puts(dir, "zoneadmd", script);
        assert_int_equal(fchmodat(dir, "zoneadmd", 0755, 0), 0);
        close(dir);
}

static void without_a_daemon_the_answer_is_that_none_runs(void **state)
{
        struct scratch *s = *state;
        struct root root = {0};
        struct error err = {0};
        int fd;

        assert_int_equal(root_set(&root, s->path, NULL), 0);
        assert_int_equal(door_connect(&root, "web1", false, &err), -ENOENT); /* no directory */
        root = make_root(s);
        assert_int_equal(door_connect(&root, "web1", false, &err), -ENOENT); /* no socket */
        assert_string_equal(err.text, "zoneadmd is not running");
        fd = listen_at(s, "web1.zoneadmd_door");
        close(fd);
        assert_int_equal(door_connect(&root, "web1", false, &err), -ENOENT); /* a socket nobody listens on */
}

static void a_root_too_long_for_a_socket_address_is_reached_all_the_same(void **state)
{
        struct scratch *s = *state;
        char part[201];
        struct scratch deep = {0};
        struct root root;
        int listener, fd;

        memset(part, 'd', sizeof(part) - 1);
        part[sizeof(part) - 1] = '\0';
        assert_int_equal(mkdirat(s->fd, part, 0755), 0);
        assert_true(snprintf(deep.path, sizeof(deep.path), "%s/%s", s->path, part) < (int)sizeof(deep.path));
        deep.fd = open(deep.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        root = make_root(&deep);
        listener = listen_at(&deep, "web1.zoneadmd_door");
        fd = door_connect(&root, "web1", false, NULL);
        assert_true(fd >= 0);
        close(fd);
        close(listener);
        close(deep.fd);
}

static void what_the_daemon_says_before_it_gives_up_is_the_error(void **state)
{
        struct scratch *s = *state;
        struct root root = make_root(s);
        struct error err = {0};

        put_daemon(s, "#!/bin/sh\necho \"$2: out of zone ids\" >&3\n");
        assert_int_equal(door_connect(&root, "web1", true, &err), -EIO);
        assert_string_equal(err.text, "web1: out of zone ids");
}

static void a_daemon_that_ends_without_a_word_did_not_start(void **state)
{
        struct scratch *s = *state;
        struct root root = make_root(s);
        struct error err = {0};

        put_daemon(s, "#!/bin/sh\nexit 0\n");
        assert_int_equal(door_connect(&root, "web1", true, &err), -EIO);
        assert_string_equal(err.text, "zoneadmd did not start");
}

static void a_daemon_inherits_no_descriptor_and_no_environment(void **state)
{
        struct scratch *s = *state;
        struct root root = make_root(s);
        struct error err = {0};

        assert_int_equal(dup2(STDERR_FILENO, 77), 77); /* not close-on-exec, on purpose */
        setenv("LD_LIBRARY_PATH", "/nowhere", 1);
        put_daemon(s, "#!/bin/sh\n"
                      "[ -e /proc/$$/fd/77 ] && leaked=77\n"
                      "echo \"leaked:$leaked env:$LD_LIBRARY_PATH\" >&3\n");
        assert_int_equal(door_connect(&root, "web1", true, &err), -EIO);
        assert_string_equal(err.text, "leaked: env:");
        unsetenv("LD_LIBRARY_PATH");
        close(77);
}

/* Answers one call on fd with the replies given (NUL-separated by send), then closes. */
static pid_t answer(int fd, const char *const *replies, size_t n)
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                struct frame_reader reader = {0};
                json_t *call = NULL;

                if (frame_receive(fd, &reader, &call) < 0)
                        _exit(1);
                for (size_t i = 0; i < n; i++)
                        if (send(fd, replies[i], strlen(replies[i]) + 1, MSG_NOSIGNAL) < 0)
                                _exit(1);
                _exit(strcmp(json_string_value(json_object_get(call, "method")), "org.apiary.zone.Boot") !=
                      0);
        }
        close(fd);
        return pid;
}

static void count_notice(json_t *parameters, void *arg)
{
        if (json_is_string(json_object_get(parameters, "notice")))
                ++*(int *)arg;
}

/* Calls Boot against the replies; *ret_notices counts the notices. */
static int call_against(const char *const *replies, size_t n, int *ret_notices, json_t **ret,
                        struct error *err)
{
        int pair[2], r, status;
        pid_t pid;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        pid = answer(pair[1], replies, n);
        r = door_call(pair[0], "Boot", NULL, ret, count_notice, ret_notices, err);
        close(pair[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        return r;
}

static void notices_come_before_the_reply(void **state)
{
        static const char *const replies[] = {
            "{\"continues\":true,\"parameters\":{\"notice\":\"no KVM here\"}}",
            "{\"continues\":true,\"parameters\":{\"notice\":\"second\"}}",
            "{\"parameters\":{\"message\":\"done\"}}",
        };
        struct error err = {0};
        json_t *got = NULL;
        int notices = 0;

        (void)state;
        assert_int_equal(call_against(replies, ARRAY_SIZE(replies), &notices, &got, &err), 0);
        assert_int_equal(notices, 2);
        assert_string_equal(json_string_value(json_object_get(got, "message")), "done");
        json_decref(got);
}

static void an_error_reply_becomes_its_text(void **state)
{
        static const char *const named[] = {
            "{\"error\":\"org.apiary.zone.Failed\",\"parameters\":{\"text\":\"disk0: no such volume\"}}"};
        static const char *const bare[] = {"{\"error\":\"org.varlink.service.MethodNotFound\"}"};
        struct error err = {0};
        int notices = 0;

        (void)state;
        assert_int_equal(call_against(named, 1, &notices, NULL, &err), -EIO);
        assert_string_equal(err.text, "disk0: no such volume");
        assert_int_equal(call_against(bare, 1, &notices, NULL, &err), -EIO);
        assert_string_equal(err.text, "zoneadmd: org.varlink.service.MethodNotFound");
}

static void a_daemon_that_dies_before_its_reply_is_told(void **state)
{
        static const char *const half[] = {"{\"continues\":true,\"parameters\":{\"notice\":\"booting\"}}"};
        struct error err = {0};
        int notices = 0;

        (void)state;
        assert_int_equal(call_against(half, 1, &notices, NULL, &err), -ECONNRESET);
        assert_string_equal(err.text, "zoneadmd went away before it answered");
        assert_int_equal(notices, 1);
}

static void a_reply_that_is_no_json_is_an_error(void **state)
{
        static const char *const garbage[] = {"hello"};
        struct error err = {0};
        int notices = 0;

        (void)state;
        assert_int_equal(call_against(garbage, 1, &notices, NULL, &err), -EBADMSG);
        assert_int_equal(err.code, EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            scratch_test(without_a_daemon_the_answer_is_that_none_runs),
            scratch_test(a_root_too_long_for_a_socket_address_is_reached_all_the_same),
            scratch_test(what_the_daemon_says_before_it_gives_up_is_the_error),
            scratch_test(a_daemon_that_ends_without_a_word_did_not_start),
            scratch_test(a_daemon_inherits_no_descriptor_and_no_environment),
            cmocka_unit_test(notices_come_before_the_reply),
            cmocka_unit_test(an_error_reply_becomes_its_text),
            cmocka_unit_test(a_daemon_that_dies_before_its_reply_is_told),
            cmocka_unit_test(a_reply_that_is_no_json_is_an_error),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
