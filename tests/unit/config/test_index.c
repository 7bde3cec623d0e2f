/* The index: its lines, its UUID rules, and that a reader and a crash find the old file or the new one. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "config/index.h"

#define UUID_A "6f0c4b4e-1d8f-4d1b-9a53-1c1f4e0a7d11"

static int setup(void **state)
{
        struct root *root = calloc(1, sizeof(*root));

        make_root(root);
        *state = root;
        return 0;
}

static int teardown(void **state)
{
        drop_root(*state);
        free(*state);
        return 0;
}

static char *index_text(const struct root *root)
{
        char path[PATH_MAX], *text = NULL;

        assert_int_equal(root_path(root, ZONES_ETC "/index", path, sizeof(path)), 0);
        assert_int_equal(fs_read_at(AT_FDCWD, path, 1 << 26, &text, NULL), 0);
        return text;
}

static void expect_text(const struct root *root, const char *want)
{
        _cleanup_free_ char *text = index_text(root);

        assert_string_equal(text, want);
}

static void a_fresh_index_begins_with_global(void **state)
{
        struct root *root = *state;
        struct index index;

        assert_int_equal(index_load(root, &index, NULL), 0);
        assert_int_equal(index.n, 0);
        assert_int_equal(index_add(root, "web1", ZONE_CONFIGURED, "/zones/web1", NULL, NULL), 0);
        expect_text(root, "global:installed:/\nweb1:configured:/zones/web1:\n");
        assert_int_equal(index_add(root, "web1", ZONE_CONFIGURED, "/x", NULL, NULL), -EEXIST);
        assert_int_equal(index_load(root, &index, NULL), 0);
        assert_int_equal(index.n, 1);
        assert_string_equal(index.entry[0].name, "web1");
        index_free(&index);
}

static void a_zone_has_a_uuid_in_every_state_but_configured(void **state)
{
        struct root *root = *state;
        struct index_entry e;
        char first[UUID_TEXT];

        assert_int_equal(index_add(root, "z", ZONE_CONFIGURED, "/z", UUID_A, NULL), 0);
        assert_int_equal(index_lookup(root, "z", &e, NULL), 0);
        assert_string_equal(e.uuid, "");
        index_entry_clear(&e);
        assert_int_equal(index_modify(root, "z", ZONE_INCOMPLETE, NULL, NULL, NULL, NULL), 0);
        assert_int_equal(index_lookup(root, "z", &e, NULL), 0);
        assert_true(uuid_valid(e.uuid));
        memcpy(first, e.uuid, sizeof(first));
        index_entry_clear(&e);
        assert_int_equal(index_modify(root, "z", ZONE_INSTALLED, NULL, NULL, NULL, NULL), 0);
        assert_int_equal(index_lookup_uuid(root, first, &e, NULL), 0);
        assert_string_equal(e.name, "z");
        assert_int_equal(e.state, ZONE_INSTALLED);
        index_entry_clear(&e);
        assert_int_equal(index_modify(root, "z", -1, NULL, UUID_A, "y", NULL), 0);
        assert_int_equal(index_lookup(root, "z", &e, NULL), -ENOENT);
        assert_int_equal(index_lookup(root, "y", &e, NULL), 0);
        assert_string_equal(e.uuid, UUID_A);
        index_entry_clear(&e);
        assert_int_equal(index_modify(root, "y", ZONE_CONFIGURED, NULL, NULL, NULL, NULL), 0);
        expect_text(root, "global:installed:/\ny:configured:/z:\n");
}

static void a_path_with_a_colon_is_quoted(void **state)
{
        struct root *root = *state;
        struct index_entry e;

        assert_int_equal(index_add(root, "z", ZONE_CONFIGURED, "/a:b", NULL, NULL), 0);
        expect_text(root, "global:installed:/\nz:configured:\"/a:b\":\n");
        assert_int_equal(index_lookup(root, "z", &e, NULL), 0);
        assert_string_equal(e.path, "/a:b");
        index_entry_clear(&e);
}

static void comments_and_unknown_lines_stay_where_they_are(void **state)
{
        struct root *root = *state;
        static const char before[] = "# mine\nglobal:installed:/\nodd line\na:configured:/a\n"
                                     "b:running:/b:\n\n:x:y:\nc:installed:\"/c\":" UUID_A "\n# end";
        struct index index;

        put_file(root, ZONES_ETC, "index", before);
        assert_int_equal(index_load(root, &index, NULL), 0);
        assert_int_equal(index.n, 2);
        assert_string_equal(index.entry[1].name, "c");
        assert_string_equal(index.entry[1].path, "/c");
        index_free(&index);
        assert_int_equal(index_modify(root, "a", -1, "/new", NULL, NULL, NULL), 0);
        expect_text(root, "# mine\nglobal:installed:/\nodd line\na:configured:/new:\n"
                          "b:running:/b:\n\n:x:y:\nc:installed:\"/c\":" UUID_A "\n# end\n");
        assert_int_equal(index_remove(root, "c", NULL), 0);
        assert_int_equal(index_remove(root, "c", NULL), 0);
        expect_text(root, "# mine\nglobal:installed:/\nodd line\na:configured:/new:\n"
                          "b:running:/b:\n\n:x:y:\n# end\n");
}

static void a_line_with_a_nul_is_not_an_entry(void **state)
{
        struct root *root = *state;
        _cleanup_close_ int etc = root_make_dir(root, ZONES_ETC, 0755, NULL);
        static const char lines[] = "a\0b:configured:/a:\nc:configured:/c:\n";
        struct index index;

        assert_int_equal(fs_replace_at(etc, "index", lines, sizeof(lines) - 1, 0644), 0);
        assert_int_equal(index_load(root, &index, NULL), 0);
        assert_int_equal(index.n, 1);
        assert_string_equal(index.entry[0].name, "c");
        index_free(&index);
}

static void bad_requests_change_nothing(void **state)
{
        struct root *root = *state;
        struct error err = {0};
        struct index_entry e;

        assert_int_equal(index_add(root, "a", ZONE_CONFIGURED, "/a", NULL, NULL), 0);
        assert_int_equal(index_add(root, "b", ZONE_CONFIGURED, "/b", NULL, NULL), 0);
        assert_int_equal(index_add(root, "x:y", ZONE_CONFIGURED, "/a", NULL, &err), -EINVAL);
        assert_int_equal(index_add(root, "c", ZONE_CONFIGURED, "/a\nroot:installed:/", NULL, &err), -EINVAL);
        assert_int_equal(index_add(root, "c", ZONE_CONFIGURED, "/a\"b", NULL, &err), -EINVAL);
        assert_int_equal(index_add(root, "c", ZONE_RUNNING, "/c", NULL, &err), -EINVAL);
        assert_int_equal(index_modify(root, "a", -1, NULL, NULL, "b", &err), -EEXIST);
        assert_string_equal(err.text, "b: Zone name already in use");
        assert_int_equal(index_modify(root, "none", ZONE_INSTALLED, NULL, NULL, NULL, &err), -ENOENT);
        assert_string_equal(err.text, "none: Problem updating index file");
        assert_int_equal(index_modify(root, "global", ZONE_CONFIGURED, "/x", NULL, NULL, &err), 0);
        assert_int_equal(index_lookup_uuid(root, "nonsense", &e, &err), -EINVAL);
        assert_string_equal(err.text, "illegal UUID value specified");
        expect_text(root, "global:installed:/\na:configured:/a:\nb:configured:/b:\n");
}

static double ms_since(const struct timespec *from)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)(now.tv_sec - from->tv_sec) * 1e3 + (double)(now.tv_nsec - from->tv_nsec) / 1e6;
}

static void ten_thousand_lines_are_read_and_changed_in_one_pass(void **state)
{
        struct root *root = *state;
        _cleanup_free_ char *text = malloc(10000 * 80);
        struct index index;
        struct timespec from;
        size_t n = 0;
        double ms;

        for (int i = 0; i < 10000; i++)
                n += (size_t)sprintf(text + n, "zone%d:installed:/zones/zone%d:" UUID_A "\n", i, i);
        put_file(root, ZONES_ETC, "index", text);
        clock_gettime(CLOCK_MONOTONIC, &from);
        assert_int_equal(index_load(root, &index, NULL), 0);
        print_message("reading 10,000 lines: %.1f ms\n", ms_since(&from));
        assert_int_equal(index.n, 10000);
        index_free(&index);
        clock_gettime(CLOCK_MONOTONIC, &from);
        assert_int_equal(index_modify(root, "zone9999", ZONE_INCOMPLETE, NULL, NULL, NULL, NULL), 0);
        ms = ms_since(&from);
        print_message("changing one of 10,000 lines: %.1f ms\n", ms);
        /* Quadratic work would take seconds; the bound is wide for a busy machine. */
        assert_true(ms < 1000);
}

static void a_full_disk_leaves_the_old_index(void **state)
{
        struct root *root = *state;
        char etc[PATH_MAX];
        struct error err = {0};
        int added = 0, fd;

        assert_int_equal(root_path(root, ZONES_ETC, etc, sizeof(etc)), 0);
        assert_int_equal(fs_mkdir_p(etc, 0755), 0);
        assert_int_equal(mount("tmpfs", etc, "tmpfs", 0, "size=16k"), 0);
        fd = open(etc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (int i = 0; i < 2000; i++) {
                char name[32];

                snprintf(name, sizeof(name), "zone%d", i);
                if (index_add(root, name, ZONE_INSTALLED, "/zones/some/long/path", NULL, &err) < 0)
                        break;
                added++;
        }
        assert_in_range(added, 1, 1999);
        assert_int_equal(err.code, ENOSPC);
        assert_non_null(strstr(err.text, "Problem updating index file"));
        {
                struct index index;

                assert_int_equal(index_load(root, &index, NULL), 0);
                assert_int_equal(index.n, added);
                index_free(&index);
        }
        close(fd);
        assert_int_equal(umount(etc), 0);
}

/* A child changes the index without end and is killed at some moment, many times over. */
static void a_killed_writer_leaves_a_whole_index(void **state)
{
        struct root *root = *state;

        for (int i = 0; i < 200; i++) {
                char name[32];

                snprintf(name, sizeof(name), "zone%d", i);
                assert_int_equal(index_add(root, name, ZONE_CONFIGURED, "/zones/x", NULL, NULL), 0);
        }
        for (int round = 0; round < 30; round++) {
                pid_t pid = fork();
                struct index index;

                if (pid == 0)
                        for (int i = 0;; i++)
                                index_modify(root, "zone7", i & 1 ? ZONE_CONFIGURED : ZONE_INSTALLED, NULL,
                                             NULL, NULL, NULL);
                assert_true(pid > 0);
                usleep((useconds_t)(500 + round * 173));
                kill(pid, SIGKILL);
                assert_int_equal(waitpid(pid, NULL, 0), pid);
                assert_int_equal(index_load(root, &index, NULL), 0);
                assert_int_equal(index.n, 200);
                assert_int_equal((index.entry[7].state == ZONE_INSTALLED), index.entry[7].uuid[0] != '\0');
                index_free(&index);
                /* The lock died with its holder. */
                assert_int_equal(index_modify(root, "zone9", ZONE_CONFIGURED, NULL, NULL, NULL, NULL), 0);
        }
}

static void two_writers_lose_no_change(void **state)
{
        struct root *root = *state;
        struct index index;
        pid_t pid[2];

        for (int w = 0; w < 2; w++) {
                pid[w] = fork();
                assert_true(pid[w] >= 0);
                if (pid[w] > 0)
                        continue;
                for (int i = 0; i < 40; i++) {
                        char name[32];

                        snprintf(name, sizeof(name), "w%d-%d", w, i);
                        if (index_add(root, name, ZONE_CONFIGURED, "/x", NULL, NULL) < 0)
                                _exit(1);
                }
                _exit(0);
        }
        for (int w = 0; w < 2; w++) {
                int status;

                assert_int_equal(waitpid(pid[w], &status, 0), pid[w]);
                assert_int_equal(status, 0);
        }
        assert_int_equal(index_load(root, &index, NULL), 0);
        assert_int_equal(index.n, 80);
        index_free(&index);
}

static void any_bytes_in_the_index_are_survived(void **state)
{
        struct root *root = *state;
        unsigned seed = 1;

        for (int round = 0; round < 2000; round++) {
                static const char alphabet[] = ":\"#\n/aZ0-configured:installed:incomplete\xff";
                char text[201];
                struct index index;

                for (size_t i = 0; i < sizeof(text) - 1; i++) {
                        seed = seed * 1103515245u + 12345u;
                        text[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
                }
                text[sizeof(text) - 1] = '\0';
                put_file(root, ZONES_ETC, "index", text);
                assert_int_equal(index_load(root, &index, NULL), 0);
                for (size_t i = 0; i < index.n; i++)
                        assert_true(index.entry[i].state <= ZONE_INSTALLED && index.entry[i].path);
                index_free(&index);
        }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
            T(a_fresh_index_begins_with_global),
            T(a_zone_has_a_uuid_in_every_state_but_configured),
            T(a_path_with_a_colon_is_quoted),
            T(comments_and_unknown_lines_stay_where_they_are),
            T(a_line_with_a_nul_is_not_an_entry),
            T(bad_requests_change_nothing),
            T(ten_thousand_lines_are_read_and_changed_in_one_pass),
            T(a_full_disk_leaves_the_old_index),
            T(a_killed_writer_leaves_a_whole_index),
            T(two_writers_lose_no_change),
            T(any_bytes_in_the_index_are_survived),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
