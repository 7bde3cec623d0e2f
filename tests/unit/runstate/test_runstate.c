/* The run-time record of a zone: believed only as far as it can be checked. */
#include "../scratch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "runstate/runstate.h"

/* The record of a live process: ourselves. */
static struct runstate own_record(void)
{
        return (struct runstate){.id = 7,
                                 .state = ZONE_RUNNING,
                                 .aux = "guest-running",
                                 .pid = getpid(),
                                 .start = process_start(getpid()),
                                 .uid = 0x70000007,
                                 .reason = "the guest powered off",
                                 .cpus = "3,2"};
}

static struct root make_root(const struct scratch *s)
{
        struct root root = {0};

        assert_int_equal(root_set(&root, s->path, NULL), 0);
        return root;
}

static int run_dir(const struct root *root)
{
        int fd = root_make_dir(root, ZONES_RUN, 0700, NULL);

        assert_true(fd >= 0);
        return fd;
}

/* Writes a record as somebody else might have: any text, for any boot of the host. */
static void put_record(const struct root *root, const char *text)
{
        _cleanup_close_ int dir = run_dir(root);

        scratch_puts(dir, "web1.state", text);
}

static void boot_id(char buf[UUID_TEXT])
{
        _cleanup_free_ char *text = NULL;

        assert_int_equal(fs_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 128, &text, NULL), 0);
        snprintf(buf, UUID_TEXT, "%.36s", text);
}

static void a_record_reads_back_as_it_was_saved(void **state)
{
        struct root root = make_root(*state);
        struct runstate rs = own_record(), back;
        struct error err = {0};

        assert_int_equal(runstate_save(&root, "web1", &rs, &err), 0);
        assert_int_equal(runstate_load(&root, "web1", &back), 0);
        assert_int_equal(back.id, rs.id);
        assert_int_equal(back.state, rs.state);
        assert_string_equal(back.aux, rs.aux);
        assert_int_equal(back.pid, rs.pid);
        assert_true(back.start == rs.start);
        assert_int_equal(back.uid, rs.uid);
        assert_string_equal(back.reason, rs.reason);
        assert_string_equal(back.cpus, rs.cpus);
}

static void a_record_is_readable_by_root_only_and_leaves_nothing_beside_it(void **state)
{
        struct scratch *s = *state;
        struct root root = make_root(s);
        struct runstate rs = own_record();
        char **names;
        struct stat st;

        assert_int_equal(runstate_save(&root, "web1", &rs, NULL), 0);
        assert_int_equal(fstatat(s->fd, "run/zones", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
        assert_int_equal(fstatat(s->fd, "run/zones/web1.state", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(runstate_list(&root, &names), 0);
        assert_string_equal(names[0], "web1");
        assert_null(names[1]);
        free(names[0]);
        free(names);
}

static void a_reason_that_is_no_utf8_is_kept_as_well_as_it_can_be(void **state)
{
        struct root root = make_root(*state);
        struct runstate rs = own_record(), back;
        struct error err = {0};

        /* The engine's own words, cut to length in the middle of a character. */
        snprintf(rs.reason, sizeof(rs.reason), "engine: Z\xc3\xbcrich \xff \xe2\x82");
        assert_int_equal(runstate_save(&root, "web1", &rs, &err), 0);
        assert_int_equal(runstate_load(&root, "web1", &back), 0);
        assert_memory_equal(back.reason, "engine: Z", 9);
}

static void a_zone_without_a_record_is_in_its_index_state(void **state)
{
        struct root root = make_root(*state);
        struct runstate rs;

        assert_int_equal(runstate_load(&root, "web1", &rs), -ENOENT);
        close(run_dir(&root));
        assert_int_equal(runstate_load(&root, "web1", &rs), -ENOENT);
        assert_int_equal(runstate_current(&root, "web1", ZONE_INSTALLED, NULL), ZONE_INSTALLED);
        assert_int_equal(runstate_remove(&root, "web1"), 0);
}

static void a_record_of_an_earlier_boot_counts_for_nothing(void **state)
{
        struct root root = make_root(*state);
        char text[512];
        struct runstate rs;

        snprintf(text, sizeof(text),
                 "{\"state\":\"running\",\"id\":1,\"pid\":%d,\"start\":%llu,\"uid\":5,"
                 "\"boot_id\":\"51db0004-1a24-43c3-a62b-eb6da1827b9e\"}",
                 (int)getpid(), process_start(getpid()));
        put_record(&root, text);
        assert_int_equal(runstate_load(&root, "web1", &rs), -ENOENT);
        assert_int_equal(runstate_current(&root, "web1", ZONE_INSTALLED, NULL), ZONE_INSTALLED);
}

static void a_damaged_record_is_never_believed(void **state)
{
        struct root root = make_root(*state);
        char id[UUID_TEXT], text[8192];
        const char *const bad[] = {
            "",
            "{",
            "[]",
            "{}",
            "null",
            "\"running\"",
            "{\"state\":\"running\"",
            "{\"state\":\"flying\",\"id\":1,\"pid\":0}",
            "{\"state\":5,\"id\":1,\"pid\":0}",
            "{\"state\":\"running\",\"id\":1,\"pid\":-1}",
            "{\"state\":\"running\",\"id\":1,\"pid\":4294967297}",
            "{\"state\":\"running\",\"id\":1,\"pid\":1,\"start\":-5}",
            "{\"state\":\"running\",\"id\":-1,\"pid\":0}",
            "{\"state\":\"running\",\"id\":4294967297,\"pid\":0}",
            "{\"state\":\"running\",\"id\":1,\"pid\":0,\"uid\":-1}",
            "{\"state\":\"running\",\"id\":1,\"pid\":0,\"uid\":4294967296}",
        };

        boot_id(id);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct runstate rs;
                size_t n = strlen(bad[i]);

                /* The boot is this one, so that nothing else can be the reason for the refusal. */
                if (n > 3 && bad[i][n - 1] == '}')
                        snprintf(text, sizeof(text), "%.*s,\"boot_id\":\"%s\"}", (int)n - 1, bad[i], id);
                else
                        snprintf(text, sizeof(text), "%s", bad[i]);
                put_record(&root, text);
                if (runstate_load(&root, "web1", &rs) != -EBADMSG)
                        fail_msg("not refused: %s", text);
                assert_int_equal(runstate_current(&root, "web1", ZONE_INSTALLED, NULL), ZONE_INSTALLED);
        }
}

static void what_is_too_large_or_no_file_is_no_record(void **state)
{
        struct scratch *s = *state;
        struct root root = make_root(s);
        char big[8192];
        struct runstate rs;

        memset(big, ' ', sizeof(big) - 1);
        big[sizeof(big) - 1] = '\0';
        put_record(&root, big);
        assert_int_equal(runstate_load(&root, "web1", &rs), -EFBIG);
        assert_int_equal(runstate_remove(&root, "web1"), 0);
        assert_int_equal(mkdirat(s->fd, "run/zones/web1.state", 0700), 0);
        assert_int_equal(runstate_load(&root, "web1", &rs), -EISDIR);
        assert_int_equal(runstate_current(&root, "web1", ZONE_CONFIGURED, NULL), ZONE_CONFIGURED);
}

static void a_live_process_is_found_and_its_pidfd_tells_of_its_end(void **state)
{
        struct root root = make_root(*state);
        struct runstate rs = own_record();
        struct pollfd wait = {.events = POLLIN};
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
                for (;;)
                        pause();
        rs.pid = pid;
        rs.start = process_start(pid);
        assert_int_equal(runstate_save(&root, "web1", &rs, NULL), 0);
        assert_int_equal(runstate_current(&root, "web1", ZONE_INSTALLED, &rs), ZONE_RUNNING);
        assert_true(runstate_alive(&rs, &wait.fd));
        assert_int_equal(poll(&wait, 1, 0), 0);
        kill(pid, SIGKILL);
        assert_int_equal(poll(&wait, 1, 5000), 1);
        /* Dead but not waited for: its stat file is still there. */
        assert_false(runstate_alive(&rs, NULL));
        waitpid(pid, NULL, 0);
        assert_false(runstate_alive(&rs, NULL));
        assert_int_equal(runstate_current(&root, "web1", ZONE_INSTALLED, NULL), ZONE_DOWN);
        close(wait.fd);
}

static void a_pid_that_another_process_has_now_is_not_ours(void **state)
{
        struct root root = make_root(*state);
        struct runstate rs = own_record();

        assert_true(runstate_alive(&rs, NULL));
        rs.start--;
        assert_false(runstate_alive(&rs, NULL));
        assert_int_equal(runstate_save(&root, "web1", &rs, NULL), 0);
        assert_int_equal(runstate_current(&root, "web1", ZONE_INSTALLED, NULL), ZONE_DOWN);
}

static void a_platform_that_is_only_being_made_does_not_change_the_state(void **state)
{
        struct root root = make_root(*state);
        struct runstate rs = own_record(), seen = {0};

        rs.pid = 0;
        rs.start = 0;
        rs.state = ZONE_READY;
        assert_false(runstate_alive(&rs, NULL));
        assert_int_equal(runstate_save(&root, "web1", &rs, NULL), 0);
        assert_int_equal(runstate_current(&root, "web1", ZONE_INSTALLED, &seen), ZONE_INSTALLED);
        assert_int_equal(seen.id, 7);
}

static void a_process_name_with_brackets_and_blanks_does_not_move_the_start_time(void **state)
{
        unsigned long long before = process_start(getpid());
        char name[16] = "";

        (void)state;
        assert_true(before > 0);
        prctl(PR_GET_NAME, name);
        prctl(PR_SET_NAME, "a) Z 1 (b) 2 ");
        assert_true(process_start(getpid()) == before);
        prctl(PR_SET_NAME, name);
        assert_true(process_start(0x7fffffff) == 0);
}

static void ids_count_up_from_one(void **state)
{
        struct root root = make_root(*state);

        for (unsigned want = 1; want <= 5; want++) {
                unsigned id;

                assert_int_equal(runstate_new_id(&root, &id, NULL), 0);
                assert_int_equal(id, want);
        }
}

static void ids_start_again_after_the_host_rebooted_and_after_damage(void **state)
{
        static const char *const texts[] = {"41 51db0004-1a24-43c3-a62b-eb6da1827b9e\n", "", "x", "9",
                                            "-3 y"};
        struct root root = make_root(*state);
        _cleanup_close_ int dir = run_dir(&root);

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                unsigned id;

                scratch_puts(dir, "zoneid", texts[i]);
                assert_int_equal(runstate_new_id(&root, &id, NULL), 0);
                assert_int_equal(id, 1);
        }
}

static void ids_are_unique_under_concurrent_callers(void **state)
{
        enum { PROCESSES = 8, EACH = 25 };
        struct root root = make_root(*state);
        bool seen[PROCESSES * EACH + 1] = {false};
        int ends[2];
        unsigned id;

        close(run_dir(&root));
        assert_int_equal(pipe(ends), 0);
        for (int i = 0; i < PROCESSES; i++) {
                pid_t pid = fork();

                assert_true(pid >= 0);
                if (pid == 0) {
                        for (int n = 0; n < EACH; n++)
                                if (runstate_new_id(&root, &id, NULL) < 0 ||
                                    write(ends[1], &id, sizeof(id)) != sizeof(id))
                                        _exit(1);
                        _exit(0);
                }
        }
        close(ends[1]);
        for (int i = 0; i < PROCESSES; i++) {
                int status;

                assert_true(wait(&status) > 0);
                assert_int_equal(status, 0);
        }
        for (int i = 0; i < PROCESSES * EACH; i++) {
                assert_int_equal(read(ends[0], &id, sizeof(id)), sizeof(id));
                assert_in_range(id, 1, PROCESSES * EACH);
                assert_false(seen[id]);
                seen[id] = true;
        }
        close(ends[0]);
}

static void only_records_are_listed(void **state)
{
        struct root root = make_root(*state);
        char **names;
        int dir;

        assert_int_equal(runstate_list(&root, &names), 0); /* no directory at all */
        assert_null(names[0]);
        free(names);
        dir = run_dir(&root);
        scratch_puts(dir, "web1.state", "");
        scratch_puts(dir, "web1.lock", "");
        scratch_puts(dir, ".web2.state.12.0", "");
        scratch_puts(dir, ".state", "");
        scratch_puts(dir, "zoneid", "");
        close(dir);
        assert_int_equal(runstate_list(&root, &names), 0);
        assert_string_equal(names[0], "web1");
        assert_null(names[1]);
        free(names[0]);
        free(names);
        assert_int_equal(runstate_remove(&root, "web1"), 0);
        assert_int_equal(runstate_list(&root, &names), 0);
        assert_null(names[0]);
        free(names);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            scratch_test(a_record_reads_back_as_it_was_saved),
            scratch_test(a_record_is_readable_by_root_only_and_leaves_nothing_beside_it),
            scratch_test(a_reason_that_is_no_utf8_is_kept_as_well_as_it_can_be),
            scratch_test(a_zone_without_a_record_is_in_its_index_state),
            scratch_test(a_record_of_an_earlier_boot_counts_for_nothing),
            scratch_test(a_damaged_record_is_never_believed),
            scratch_test(what_is_too_large_or_no_file_is_no_record),
            scratch_test(a_live_process_is_found_and_its_pidfd_tells_of_its_end),
            scratch_test(a_pid_that_another_process_has_now_is_not_ours),
            scratch_test(a_platform_that_is_only_being_made_does_not_change_the_state),
            cmocka_unit_test(a_process_name_with_brackets_and_blanks_does_not_move_the_start_time),
            scratch_test(ids_count_up_from_one),
            scratch_test(ids_start_again_after_the_host_rebooted_and_after_damage),
            scratch_test(ids_are_unique_under_concurrent_callers),
            scratch_test(only_records_are_listed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
