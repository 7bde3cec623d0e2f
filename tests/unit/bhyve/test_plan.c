/* The plan that zoneadmd hands to zhyve: what is written is read back, anything else is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "bhyve/plan.h"

static const char full[] = "plan 1\n"
                           "kvm 1\n"
                           "engine 9\n"
                           "qmp listen 10\n"
                           "console listen\n"
                           "paused\n"
                           "fd disk 20 /dev/zvol/rdsk/tank/a disk\n"
                           "fd disk-ro 21 /iso/a.iso\n"
                           "fd rom 22 /usr/share/OVMF/OVMF_CODE_4M.fd\n"
                           "fd vars 23 /etc/uefivars\n"
                           "fd console 24 /dev/zconsole\n"
                           "fd socket 25 /tmp/vm.com2\n"
                           "fd tty 26 /dev/ttyS0\n"
                           "fd tpm 27 /tmp/tpm\n"
                           "net user nat0\n"
                           "net stream 28 net0\n"
                           "net tap 29 net1\n"
                           "pci 0000:01:00.0 /dev/ppt0\n"
                           "mac 02:08:20:01:02:03\n"
                           "mac 02:08:20:01:02:04\n"
                           "read /usr\n"
                           "execute /usr/lib\n"
                           "write /tmp\n";

static void a_plan_survives_the_way_there_and_back(void **state)
{
        _cleanup_(plan_free) struct plan plan = {0};
        _cleanup_free_ char *again = NULL;
        struct error err = {0};

        (void)state;
        assert_int_equal(plan_parse(full, &plan, &err), 0);
        assert_int_equal(plan_format(&plan, &again, &err), 0);
        assert_string_equal(again, full);
}

static void every_fact_arrives(void **state)
{
        _cleanup_(plan_free) struct plan plan = {0};
        const struct engine_env *env = &plan.env;

        (void)state;
        assert_int_equal(plan_parse(full, &plan, NULL), 0);
        assert_true(env->kvm && env->qmp_listen && env->console_listen && env->paused);
        assert_int_equal(plan.engine_fd, 9);
        assert_int_equal(env->qmp_fd, 10);
        assert_null(env->run_dir);
        assert_int_equal(env->n_fd, 12);
        assert_int_equal(env->fd[0].kind, NEED_DISK);
        assert_int_equal(env->fd[0].fd, 20);
        assert_string_equal(env->fd[0].path, "/dev/zvol/rdsk/tank/a disk");
        assert_int_equal(env->fd[8].how, LINK_USER);
        assert_int_equal(env->fd[8].fd, -1);
        assert_int_equal(env->fd[9].how, LINK_STREAM);
        assert_int_equal(env->fd[10].how, LINK_TAP);
        assert_string_equal(env->fd[11].host, "0000:01:00.0");
        assert_int_equal(env->n_mac, 2);
        assert_string_equal(env->mac[1], "02:08:20:01:02:04");
        assert_string_equal(plan.writable.v[0], "/tmp");
}

static void an_empty_plan_has_no_monitor_and_no_descriptors(void **state)
{
        _cleanup_(plan_free) struct plan plan = {0};

        (void)state;
        assert_int_equal(plan_parse("plan 1\nkvm 0\n", &plan, NULL), 0);
        assert_int_equal(plan.env.qmp_fd, -1);
        assert_int_equal(plan.engine_fd, -1);
        assert_int_equal(plan.env.n_fd, 0);
}

static void what_is_not_understood_is_refused(void **state)
{
        static const char *const lines[] = {
            "",
            " ",
            "kvm",
            "kvm 2",
            "kvm 11",
            "kvm yes",
            "engine",
            "engine x",
            "engine -1",
            "engine 70000",
            "qmp",
            "qmp 10",
            "qmp listening 10",
            "qmp listen",
            "console",
            "console 5",
            "paused 1",
            "fd",
            "fd disk",
            "fd disk 20",
            "fd disk 20 ",
            "fd disk x /a",
            "fd disc 20 /a",
            "fd vnc 20 /a",
            "net user",
            "net bridge 5 a",
            "net tap a",
            "net tap 5",
            "pci",
            "pci 0000:01:00.0",
            "pci  /dev/ppt0",
            "mac",
            "mac 02:08",
            "mac 02-08-20-01-02-03",
            "mac 02:08:20:01:02:033",
            "read",
            "read usr",
            "write ",
            "plan 1",
            "unknown 1",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                struct error err = {0};
                struct plan plan;
                char text[128];

                snprintf(text, sizeof(text), "plan 1\nkvm 0\n%s\n", lines[i]);
                if (plan_parse(text, &plan, &err) != -EINVAL)
                        print_error("accepted: \"%s\"\n", lines[i]);
                assert_string_equal(err.text, "plan: line 3 is not understood");
        }
}

static void another_version_is_refused(void **state)
{
        struct plan plan;

        (void)state;
        assert_int_equal(plan_parse("plan 2\nkvm 0\n", &plan, NULL), -EINVAL);
        assert_int_equal(plan_parse("", &plan, NULL), -EINVAL);
        assert_int_equal(plan_parse("kvm 0\n", &plan, NULL), -EINVAL);
}

static void too_many_descriptors_are_refused(void **state)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        struct plan plan;

        (void)state;
        strbuf_puts(&text, "plan 1\n");
        for (int i = 0; i <= PLAN_MAX_FDS; i++)
                strbuf_printf(&text, "fd disk %d /d%d\n", i + 3, i);
        assert_int_equal(plan_parse(text.data, &plan, NULL), -EINVAL);
}

static void a_path_with_a_line_break_is_not_written(void **state)
{
        const struct engine_fd fd = {.kind = NEED_DISK, .path = "/a\nkvm 1", .fd = 5};
        struct plan plan = {.env = {.fd = &fd, .n_fd = 1, .qmp_fd = -1}, .engine_fd = -1};
        struct error err = {0};
        char *text;

        (void)state;
        assert_int_equal(plan_format(&plan, &text, &err), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_plan_survives_the_way_there_and_back),
            cmocka_unit_test(every_fact_arrives),
            cmocka_unit_test(an_empty_plan_has_no_monitor_and_no_descriptors),
            cmocka_unit_test(what_is_not_understood_is_refused),
            cmocka_unit_test(another_version_is_refused),
            cmocka_unit_test(too_many_descriptors_are_refused),
            cmocka_unit_test(a_path_with_a_line_break_is_not_written),
        };

        return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
