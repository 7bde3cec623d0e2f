/* Where a socket of the zone goes: in a directory of the zone's own root, in nobody else's place. */
#include "../scratch.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "volume/socket.h"

static void assert_refused(int root, const char *path, int code, const char *text)
{
        struct error err = {0};
        const char *name;

        assert_int_equal(volume_socket_dir(root, path, &name, &err), -code);
        assert_string_equal(err.text, text);
}

static void a_socket_goes_into_a_directory_of_the_zone(void **state)
{
        struct scratch *s = *state;
        const char *name;
        struct stat dir, want;

        assert_int_equal(mkdirat(s->fd, "run", 0755), 0);
        for (int i = 0; i < 2; i++) {
                _cleanup_close_ int fd = volume_socket_dir(s->fd, i ? "/run/x" : "/x", &name, NULL);

                assert_true(fd >= 0);
                assert_string_equal(name, "x");
                assert_int_equal(fstat(fd, &dir), 0);
                assert_int_equal(fstatat(s->fd, i ? "run" : ".", &want, 0), 0);
                assert_int_equal(dir.st_ino, want.st_ino);
        }
}

static void a_directory_that_is_missing_or_none_or_elsewhere_is_refused(void **state)
{
        struct scratch *s = *state;
        const char *missing = "the zone's own root has no directory %s for the socket; make it there, or use "
                              "one that it has, like /tmp";
        char text[256], outside[PATH_MAX];

        snprintf(text, sizeof(text), missing, "/no/dir");
        assert_refused(s->fd, "/no/dir/x", ENOENT, text);
        assert_refused(-1, "/no/dir/x", ENOENT, text);
        scratch_puts(s->fd, "file", "text");
        assert_refused(s->fd, "/file/x", ENOTDIR, "directory of the socket: Not a directory");
        /* A link is followed as the zone would: the host's directory is none there. */
        snprintf(outside, sizeof(outside), "%s", s->path);
        assert_int_equal(symlinkat(outside, s->fd, "out"), 0);
        snprintf(text, sizeof(text), missing, "/out");
        assert_refused(s->fd, "/out/x", ENOENT, text);
        assert_refused(s->fd, "x", EINVAL, "a socket needs an absolute path");
        assert_refused(s->fd, "/x/", EINVAL, "a socket needs an absolute path");
        assert_refused(s->fd, "/x\n", EINVAL, "a socket needs an absolute path");
}

static void only_a_socket_gives_its_name_to_another(void **state)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct scratch *s = *state;
        struct error err = {0};

        assert_int_equal(volume_socket_free(s->fd, "new", &err), 0);
        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/old", s->fd);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(volume_socket_free(s->fd, "old", &err), 0);
        assert_int_equal(symlinkat("old", s->fd, "link"), 0);
        assert_int_equal(volume_socket_free(s->fd, "link", &err), -EEXIST);
        assert_string_equal(err.text, "something that is not a socket is in its place; remove it, or name "
                                      "another path");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            scratch_test(a_socket_goes_into_a_directory_of_the_zone),
            scratch_test(a_directory_that_is_missing_or_none_or_elsewhere_is_refused),
            scratch_test(only_a_socket_gives_its_name_to_another),
        };

        return cmocka_run_group_tests_name("sockets of a zone", tests, NULL, NULL);
}
