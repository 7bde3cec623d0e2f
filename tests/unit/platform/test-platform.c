/* The parts of the jail that can be looked at one by one; the whole of it is tested in tests/jail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/internal.h"

/* ---- cgroups and limits ---- */

static void finds_unified_controllers(void **state)
{
        static const char mounts[] =
            "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
            "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
        struct cgroup_host h;

        (void)state;
        cgroup_host_parse(mounts, "cpuset cpu io memory pids\n", &h);
        assert_string_equal(h.v2, "/sys/fs/cgroup");
        assert_int_equal(h.v2_controllers, (1u << CG_CONTROLLERS) - 1);
        for (int i = 0; i < CG_CONTROLLERS; i++)
                assert_string_equal(h.v1[i], "");
}

static void finds_controllers_of_version_1_beside_an_empty_unified_hierarchy(void **state)
{
        static const char mounts[] =
            "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
            "32 25 0:28 / /sys/fs/cgroup/memory rw shared:2 master:1 - cgroup none rw,memory\n"
            "33 25 0:29 / /sys/fs/cgroup/blkio rw - cgroup none rw,blkio\n"
            "34 25 0:30 / /sys/fs/cgroup/systemd rw - cgroup none rw,name=systemd\n"
            "35 25 0:31 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n";
        struct cgroup_host h;

        (void)state;
        cgroup_host_parse(mounts, "hugetlb\n", &h);
        assert_string_equal(h.v2, "/sys/fs/cgroup/unified");
        assert_int_equal(h.v2_controllers, 0);
        assert_string_equal(h.v1[CG_CPU], "/sys/fs/cgroup/cpu,cpuacct");
        assert_string_equal(h.v1[CG_MEMORY], "/sys/fs/cgroup/memory");
        assert_string_equal(h.v1[CG_IO], "/sys/fs/cgroup/blkio");
        assert_string_equal(h.v1[CG_PIDS], "");
        assert_string_equal(h.v1[CG_CPUSET], "");
}

static void takes_a_controller_from_the_hierarchy_that_holds_it(void **state)
{
        static const char mounts[] = "32 25 0:28 / /cg/memory rw - cgroup none rw,memory\n"
                                     "33 25 0:29 / /cg/pids rw - cgroup none rw,pids\n"
                                     "35 25 0:31 / /cg/unified rw - cgroup2 none rw\n";
        struct cgroup_host h;

        (void)state;
        cgroup_host_parse(mounts, "pids cpuset-not-quite\n", &h);
        assert_int_equal(h.v2_controllers, 1u << CG_PIDS);
        assert_string_equal(h.v1[CG_PIDS], "");
        assert_string_equal(h.v1[CG_MEMORY], "/cg/memory");
}

static void survives_a_mountinfo_that_is_not_one(void **state)
{
        static const char *const bad[] = {"",
                                          "\n\n",
                                          " - ",
                                          "x - cgroup2",
                                          "1 2 3 4 /a\\040b rw - cgroup2 none rw\n",
                                          "1 2 - cgroup none rw,cpu"};
        struct cgroup_host h;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                cgroup_host_parse(bad[i], "", &h);
                assert_string_equal(h.v2, "");
                assert_string_equal(h.v1[CG_CPU], "");
        }
}

static void asks_for_the_controllers_that_the_limits_need(void **state)
{
        const struct jail_limits none = {.locked_bytes = 1 << 20};
        const struct jail_limits some = {.swap_bytes = 1, .cpu_shares = 5, .cpus = "0"};

        (void)state;
        assert_int_equal(limits_controllers(&none), 0);
        assert_int_equal(limits_controllers(&some), 1u << CG_MEMORY | 1u << CG_CPU | 1u << CG_CPUSET);
}

static void names_the_limit_and_the_controller_that_is_missing(void **state)
{
        const struct jail_limits wanted = {.cpu_cap = 100, .memory_bytes = 1 << 20};
        struct problems list = {0};

        (void)state;
        assert_int_equal(limits_missing(&wanted, 1u << CG_CPU | 1u << CG_IO, &list), 0);
        assert_int_equal(list.n, 1);
        assert_string_equal(list.text[0], "capped-cpu: cgroup controller cpu is missing");
        problems_clear(&list);
}

static void refuses_shares_that_cannot_be_told_apart(void **state)
{
        const struct jail_limits wanted = {.cpu_shares = 1 << 20};
        struct problems list = {0};

        (void)state;
        assert_int_equal(jail_limits_check(&wanted, &list, NULL), 0);
        assert_int_equal(list.n, 1);
        assert_non_null(strstr(list.text[0], "cpu"));
        problems_clear(&list);
}

static void refuses_names_that_are_not_one_folder(void **state)
{
        static const char *const bad[] = {"", ".", "..", "a/b", ".hidden"};
        struct cgroup cg;
        struct error err;
        unsigned missing;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                assert_int_equal(cgroup_make(bad[i], 0, &cg, &missing, &err), -EINVAL);
                assert_int_equal(cgroup_remove(bad[i], 0, &err), -EINVAL);
        }
}

static void keeps_a_zone_with_the_name_of_a_kernel_file_apart(void **state)
{
        struct cgroup cg;
        struct error err;
        unsigned missing;

        (void)state;
        assert_int_equal(cgroup_make("tasks", 1u << CG_PIDS, &cg, &missing, &err), 0);
        cgroup_close(&cg);
        assert_int_equal(cgroup_remove("tasks", 100, &err), 0);
        assert_int_equal(cgroup_remove("tasks", 100, &err), 0);
}

/* ---- seccomp and Landlock, each in a child that is gone afterwards ---- */

static int in_child(int (*f)(void))
{
        pid_t pid = fork();
        int status;

        if (pid == 0)
                for (;;) /* not _exit: sanitizers do more there than a filter lets them */
                        syscall(SYS_exit_group, f());
        assert_true(pid > 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int code(long r)
{
        return r < 0 ? errno : 0;
}

static int filter_refuses_sockets(void)
{
        jail_seccomp(0, NULL);
        return code(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int filter_refuses_processes(void)
{
        jail_seccomp(0, NULL);
        return code(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int filter_hides_clone3(void)
{
        jail_seccomp(0, NULL);
        return code(syscall(SYS_clone3, NULL, 0));
}

static int filter_refuses_kvm_ioctls(void)
{
        jail_seccomp(0, NULL);
        return code(ioctl(0, 0xae00, 0));
}

/* EBADF and ENOTTY come from the kernel's ioctl itself: the filter let it through. */
static int kvm_filter_passes_kvm_ioctls(void)
{
        jail_seccomp(JAIL_ENGINE_KVM, NULL);
        return code(ioctl(-1, 0xae00, 0));
}

static int filter_refuses_input_pushing(void)
{
        jail_seccomp(JAIL_ENGINE_KVM, NULL);
        return code(ioctl(-1, TIOCSTI, "x"));
}

static int filter_refuses_io_uring(void)
{
        jail_seccomp(JAIL_ENGINE_KVM, NULL);
        return code(syscall(SYS_io_uring_setup, 0, NULL));
}

static int filter_refuses_sending_to_addresses(void)
{
        jail_seccomp(0, NULL);
        return code(sendto(-1, "x", 1, 0, (struct sockaddr *)&(struct sockaddr_storage){0}, 16));
}

static int filter_passes_sending_on_connections(void)
{
        jail_seccomp(0, NULL);
        return code(sendto(-1, "x", 1, 0, NULL, 0));
}

static int filter_refuses_other_prctls(void)
{
        jail_seccomp(0, NULL);
        return prctl(PR_SET_NAME, "probe") < 0 ? 1 : code(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int kvm_filter_refuses_vfio(void)
{
        jail_seccomp(JAIL_ENGINE_FEATURES & ~JAIL_ENGINE_VFIO, NULL);
        return code(ioctl(-1, VFIO_GET_API_VERSION));
}

static int vfio_filter_passes_it(void)
{
        jail_seccomp(JAIL_ENGINE_KVM | JAIL_ENGINE_VFIO, NULL);
        return code(ioctl(-1, VFIO_DEVICE_SET_IRQS));
}

static int vfio_filter_refuses_other_requests_of_its_type(void)
{
        jail_seccomp(JAIL_ENGINE_VFIO, NULL);
        return code(ioctl(-1, VFIO_IOMMU_SPAPR_TCE_CREATE));
}

static int only_the_vfio_filter_reads_links(void)
{
        char text[8];

        if (readlink("/proc/self/exe", text, sizeof(text)) < 0)
                return 1;
        jail_seccomp(JAIL_ENGINE_VFIO, NULL);
        if (readlink("/proc/self/exe", text, sizeof(text)) < 0)
                return 2;
        jail_seccomp(JAIL_ENGINE_KVM, NULL);
        return code(readlink("/proc/self/exe", text, sizeof(text)));
}

static int tpm_filter_passes_stream_pairs(void)
{
        int fd[2];

        jail_seccomp(JAIL_ENGINE_TPM, NULL);
        return code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd));
}

static int tpm_filter_refuses_datagram_pairs(void)
{
        int fd[2];

        jail_seccomp(JAIL_ENGINE_TPM, NULL);
        return code(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd));
}

static int filter_refuses_leases(void)
{
        jail_seccomp(0, NULL);
        return code(fcntl(-1, F_SETLEASE, F_WRLCK));
}

static int filter_refuses_leases_in_disguise(void)
{
        jail_seccomp(0, NULL);
        return code(syscall(SYS_fcntl, -1, F_SETLEASE | 1ull << 32, F_WRLCK));
}

static int filter_passes_locks(void)
{
        struct flock lock = {.l_type = F_RDLCK};

        jail_seccomp(0, NULL);
        return code(fcntl(-1, F_OFD_SETLK, &lock));
}

static int filter_refuses_changing_directories(void)
{
        jail_seccomp(0, NULL);
        return code(mkdirat(-1, "x", 0700));
}

static int reading_filter_refuses_changing_directories(void)
{
        jail_seccomp(JAIL_ENGINE_SHARE, NULL);
        return code(mkdirat(-1, "x", 0700));
}

static int reading_filter_passes_listing(void)
{
        jail_seccomp(JAIL_ENGINE_SHARE, NULL);
        return code(syscall(SYS_getdents64, -1, NULL, 0));
}

#define CHANGING (JAIL_ENGINE_SHARE | JAIL_ENGINE_CHANGE)

static int changing_filter_passes_changing(void)
{
        jail_seccomp(CHANGING | JAIL_ENGINE_KVM, NULL);
        return code(mkdirat(-1, "x", 0700));
}

static int changing_filter_refuses_setuid(void)
{
        jail_seccomp(CHANGING, NULL);
        return code(chmod("", S_ISUID | 0755));
}

static int changing_filter_passes_other_modes(void)
{
        jail_seccomp(CHANGING, NULL);
        return code(syscall(452 /* fchmodat2 */, -1, "x", 01777, 0));
}

static int changing_filter_refuses_setuid_by_fchmodat2(void)
{
        jail_seccomp(CHANGING, NULL);
        return code(syscall(452 /* fchmodat2 */, -1, "x", S_ISGID | 0755, 0));
}

static int changing_filter_refuses_owners(void)
{
        jail_seccomp(CHANGING, NULL);
        return code(fchownat(-1, "x", 0, 0, 0));
}

static int filter_refuses_making_setuid_files(void)
{
        jail_seccomp(0, NULL);
        return code(open("/nonexistent/x", O_WRONLY | O_CREAT, S_ISUID | 0700));
}

static int unknown_engine(void)
{
        return jail_seccomp(JAIL_ENGINE_FEATURES + 1, NULL) == -EINVAL ? 0 : 1;
}

static void the_filters_allow_and_refuse_what_they_should(void **state)
{
        (void)state;
        assert_int_equal(in_child(filter_refuses_sockets), EPERM);
        assert_int_equal(in_child(filter_refuses_processes), EPERM);
        assert_int_equal(in_child(filter_hides_clone3), ENOSYS);
        assert_int_equal(in_child(filter_refuses_kvm_ioctls), EPERM);
        assert_int_equal(in_child(kvm_filter_passes_kvm_ioctls), EBADF);
        assert_int_equal(in_child(filter_refuses_input_pushing), EPERM);
        assert_int_equal(in_child(filter_refuses_io_uring), EPERM);
        assert_int_equal(in_child(kvm_filter_refuses_vfio), EPERM);
        assert_int_equal(in_child(vfio_filter_passes_it), EBADF);
        assert_int_equal(in_child(vfio_filter_refuses_other_requests_of_its_type), EPERM);
        assert_int_equal(in_child(only_the_vfio_filter_reads_links), EPERM);
        assert_int_equal(in_child(filter_refuses_sending_to_addresses), EPERM);
        assert_int_equal(in_child(filter_passes_sending_on_connections), EBADF);
        assert_int_equal(in_child(filter_refuses_other_prctls), EPERM);
        assert_int_equal(in_child(unknown_engine), 0);
        assert_int_equal(in_child(tpm_filter_passes_stream_pairs), 0);
        assert_int_equal(in_child(tpm_filter_refuses_datagram_pairs), EPERM);
        assert_int_equal(in_child(filter_refuses_leases), EPERM);
        assert_int_equal(in_child(filter_refuses_leases_in_disguise), EPERM);
        assert_int_equal(in_child(filter_passes_locks), EBADF);
}

/* An error other than EPERM is the kernel's own: the call was let through. */
static void only_zones_that_share_have_calls_for_directories(void **state)
{
        (void)state;
        assert_int_equal(in_child(filter_refuses_changing_directories), EPERM);
        assert_int_equal(in_child(reading_filter_refuses_changing_directories), EPERM);
        assert_int_equal(in_child(reading_filter_passes_listing), EBADF);
        assert_int_equal(in_child(changing_filter_passes_changing), EBADF);
        assert_int_equal(in_child(changing_filter_refuses_owners), EPERM);
}

static void no_filter_lets_a_file_become_setuid(void **state)
{
        (void)state;
        assert_int_equal(in_child(filter_refuses_making_setuid_files), EPERM);
        assert_int_equal(in_child(changing_filter_refuses_setuid), EPERM);
        assert_int_equal(in_child(changing_filter_refuses_setuid_by_fchmodat2), EPERM);
        assert_true(in_child(changing_filter_passes_other_modes) != EPERM);
}

static int wear_landlock(void)
{
        static const char *const readable[] = {"/usr", "/dev", "/nowhere", NULL};
        static const char *const writable[] = {"/var/tmp", NULL};

        return jail_landlock(readable, NULL, writable, NULL, 0, NULL);
}

static int reads_what_is_readable(void)
{
        wear_landlock();
        return code(open("/usr/bin/env", O_RDONLY));
}

static int reads_nothing_else(void)
{
        wear_landlock();
        return code(open("/etc/passwd", O_RDONLY));
}

static int executes_nothing_that_is_only_readable(void)
{
        wear_landlock();
        execl("/usr/bin/env", "env", NULL);
        return errno;
}

static int writes_what_is_writable(void)
{
        wear_landlock();
        return code(open("/var/tmp", O_TMPFILE | O_RDWR, 0600));
}

static int writes_nothing_else(void)
{
        wear_landlock();
        return code(open("/usr/bin/env", O_WRONLY));
}

static int uses_devices(void)
{
        wear_landlock();
        return code(open("/dev/null", O_RDWR));
}

static void landlock_confines_to_the_lists(void **state)
{
        (void)state;
        if (landlock_abi() == 0)
                skip();
        assert_int_equal(in_child(reads_what_is_readable), 0);
        assert_int_equal(in_child(reads_nothing_else), EACCES);
        assert_int_equal(in_child(executes_nothing_that_is_only_readable), EACCES);
        assert_int_equal(in_child(writes_what_is_writable), 0);
        assert_int_equal(in_child(writes_nothing_else), EACCES);
        assert_int_equal(in_child(uses_devices), 0);
}

/* ---- what is refused before anything is made ---- */

static void refuses_root_as_the_uid_of_a_zone(void **state)
{
        struct jail_spec spec = {.zone = "unit", .root_fd = -1, .uid = 0};
        struct jail jail;
        struct error err;

        (void)state;
        assert_int_equal(jail_create(&spec, &jail, &err), -EINVAL);
        assert_int_equal(jail.pidfd, -1);
}

static void refuses_descriptor_numbers_that_clash(void **state)
{
        static const struct jail_fd twice[] = {{.number = 5}, {.number = 5}}, low[] = {{.number = 2}},
                                    high[] = {{.number = 512}};
        static const char *const argv[] = {"x", NULL};
        struct jail jail = {.pidfd = -1, .zone = "unit"};
        struct error err;

        (void)state;
        jail.control = open("/dev/null", O_RDWR);
        assert_int_equal(jail_start(&jail, 0, argv, NULL, twice, 2, -1, &err), -EINVAL);
        jail.control = open("/dev/null", O_RDWR);
        assert_int_equal(jail_start(&jail, 0, argv, NULL, low, 1, -1, &err), -EINVAL);
        jail.control = open("/dev/null", O_RDWR);
        assert_int_equal(jail_start(&jail, 0, argv, NULL, high, 1, -1, &err), -EINVAL);
        assert_int_equal(jail_start(&jail, 0, argv, NULL, NULL, 0, -1, &err), -EALREADY);
}

static void tells_what_the_host_can_give(void **state)
{
        struct jail_finding list[32], one[1];
        size_t n = 0, few = 0;

        (void)state;
        assert_int_equal(jail_findings(list, ARRAY_SIZE(list), &n), 0);
        assert_true(n >= 10 && n < ARRAY_SIZE(list));
        for (size_t i = 0; i < n; i++) {
                assert_true(list[i].what[0] != '\0');
                assert_true(list[i].detail[0] != '\0');
        }
        assert_int_equal(jail_findings(one, 1, &few), 0);
        assert_int_equal(few, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(finds_unified_controllers),
            cmocka_unit_test(finds_controllers_of_version_1_beside_an_empty_unified_hierarchy),
            cmocka_unit_test(takes_a_controller_from_the_hierarchy_that_holds_it),
            cmocka_unit_test(survives_a_mountinfo_that_is_not_one),
            cmocka_unit_test(asks_for_the_controllers_that_the_limits_need),
            cmocka_unit_test(names_the_limit_and_the_controller_that_is_missing),
            cmocka_unit_test(refuses_shares_that_cannot_be_told_apart),
            cmocka_unit_test(refuses_names_that_are_not_one_folder),
            cmocka_unit_test(keeps_a_zone_with_the_name_of_a_kernel_file_apart),
            cmocka_unit_test(the_filters_allow_and_refuse_what_they_should),
            cmocka_unit_test(only_zones_that_share_have_calls_for_directories),
            cmocka_unit_test(no_filter_lets_a_file_become_setuid),
            cmocka_unit_test(landlock_confines_to_the_lists),
            cmocka_unit_test(refuses_root_as_the_uid_of_a_zone),
            cmocka_unit_test(refuses_descriptor_numbers_that_clash),
            cmocka_unit_test(tells_what_the_host_can_give),
        };

        return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
