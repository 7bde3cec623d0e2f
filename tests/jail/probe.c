/*
 * Stands in the engine's place and tries to get out, one way after the other.  A line for each:
 * "denied NAME: why" or "ALLOWED NAME".
 *
 *   probe engine HOSTPID NAME   puts on the engine's own filter and Landlock rules first, as zhyve does
 *   probe plain HOSTPID NAME    with what the jail itself gives
 *   probe host HOSTPID NAME     outside of any jail: only attempts that do no harm when they succeed
 *   probe exec PROGRAM ARG...   puts on the engine's walls and becomes the real engine
 *   probe share, probe share-plain    both with the attempts of probe_share.c
 *   probe disk                  with the engine's walls and the attempts of probe_disk.c
 *   probe memory                takes memory without end
 *   probe uid                   only says whether it has become root
 *
 * HOSTPID is a process outside; NAME that of an abstract unix socket somebody listens on outside.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/jail.h"

#define MANY_FORKS 2000

static pid_t host_pid;
static const char *abstract_name;

static int outcome(long r)
{
        return r < 0 ? errno : 0;
}

static int try_open(const char *path, int flags)
{
        return outcome(open(path, flags, 0600));
}

static int try_list(const char *path)
{
        return opendir(path) ? 0 : errno;
}

/* ---- files ---- */
static int read_shadow(void)
{
        return try_open("/etc/shadow", O_RDONLY);
}
static int read_passwd(void)
{
        return try_open("/etc/passwd", O_RDONLY);
}
static int list_root_home(void)
{
        return try_list("/root");
}
static int list_zones(void)
{
        return try_list("/etc/zones");
}
static int list_sys(void)
{
        return try_list("/sys/kernel");
}
static int list_proc(void)
{
        return try_list("/proc/1");
}
static int climb_out(void)
{
        return try_open("/../../../../../../etc/shadow", O_RDONLY);
}
static int write_usr(void)
{
        return try_open("/usr/written", O_WRONLY | O_CREAT);
}
static int write_root(void)
{
        return try_open("/written", O_WRONLY | O_CREAT);
}
static int write_dev(void)
{
        return try_open("/dev/written", O_WRONLY | O_CREAT);
}
static int write_mode_777(void)
{
        return try_open("/open/written", O_WRONLY | O_CREAT);
}
static int write_existing_666(void)
{
        return try_open("/open/file", O_WRONLY);
}
static int open_mem(void)
{
        return try_open("/dev/mem", O_RDWR);
}
static int open_kmsg(void)
{
        return try_open("/dev/kmsg", O_WRONLY);
}
static int open_tty(void)
{
        return try_open("/dev/tty", O_RDWR);
}
static int make_node(void)
{
        return outcome(mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1)));
}
static int make_node_at(void)
{
        return outcome(mknodat(AT_FDCWD, "/tmp/disk", S_IFBLK | 0600, makedev(254, 0)));
}
static int own_tmp(void)
{
        return try_open("/tmp/mine", O_RDWR | O_CREAT);
}
static int own_null(void)
{
        return try_open("/dev/null", O_RDWR);
}
static int fill_tmp(void)
{
        static char block[65536];
        int fd = open("/tmp/big", O_WRONLY | O_CREAT, 0600);
        long r = fd;

        for (int i = 0; i < 1024 && r >= 0; i++)
                r = write(fd, block, sizeof(block));
        /* Leaves room for the attempts that follow. */
        if (r < 0 && fd >= 0) {
                int code = errno;

                return ftruncate(fd, 0) < 0 ? errno : code;
        }
        return outcome(r);
}
static int exec_own_file(void)
{
        static const char script[] = "#!/bin/sh\necho ALLOWED exec-own-file\n";
        int fd = open("/tmp/script", O_WRONLY | O_CREAT, 0700);

        if (fd < 0 || write(fd, script, sizeof(script) - 1) < 0)
                return errno;
        close(fd);
        execl("/tmp/script", "script", NULL);
        return errno;
}
static int map_own_file_executable(void)
{
        int fd = open("/tmp/code", O_RDWR | O_CREAT, 0700);

        if (fd < 0 || ftruncate(fd, 4096) < 0)
                return errno;
        return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno : 0;
}
static int open_by_handle(void)
{
        union {
                struct file_handle head;
                unsigned char space[sizeof(struct file_handle) + 8];
        } h = {.head = {.handle_bytes = 8, .handle_type = 1}};
        int fd = open("/usr", O_RDONLY | O_DIRECTORY);

        return outcome(syscall(SYS_open_by_handle_at, fd, &h, O_RDONLY));
}

/* ---- processes ---- */
static int signal_host(void)
{
        return outcome(kill(host_pid, 0));
}
static int signal_everyone(void)
{
        return outcome(kill(-1, 0));
}
static int pidfd_host(void)
{
        return outcome(syscall(SYS_pidfd_open, host_pid, 0));
}
static int ptrace_host(void)
{
        return outcome(ptrace(PTRACE_SEIZE, host_pid, 0, 0));
}
static int read_host_memory(void)
{
        char c;
        struct iovec own = {&c, 1}, theirs = {(void *)0x400000, 1};

        return outcome(process_vm_readv(host_pid, &own, 1, &theirs, 1, 0));
}
static int renice(void)
{
        errno = 0;
        return outcome(setpriority(PRIO_PROCESS, 0, -10));
}
static int realtime(void)
{
        struct sched_param p = {.sched_priority = 1};

        return outcome(sched_setscheduler(0, SCHED_FIFO, &p));
}
static int raise_limit(void)
{
        struct rlimit l = {1 << 20, 1 << 20};

        return outcome(setrlimit(RLIMIT_NOFILE, &l));
}
static int dump_core(void)
{
        struct rlimit l = {RLIM_INFINITY, RLIM_INFINITY};

        return outcome(setrlimit(RLIMIT_CORE, &l));
}
static int fork_once(void)
{
        pid_t pid = fork();

        if (pid == 0)
                _exit(0);
        if (pid > 0)
                waitpid(pid, NULL, 0);
        return outcome(pid);
}
static int fork_without_end(void)
{
        pid_t pids[MANY_FORKS];
        int n, code = 0;

        for (n = 0; n < MANY_FORKS; n++) {
                pids[n] = fork();
                if (pids[n] == 0) {
                        pause();
                        _exit(0);
                }
                if (pids[n] < 0) {
                        code = errno;
                        break;
                }
        }
        while (n-- > 0) {
                kill(pids[n], SIGKILL);
                waitpid(pids[n], NULL, 0);
        }
        return code;
}

/* ---- sockets ---- */
static int connect_tcp(void)
{
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(22)};
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return fd < 0 ? errno : outcome(connect(fd, (struct sockaddr *)&a, sizeof(a)));
}
static int send_udp(void)
{
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(53)};
        int fd = socket(AF_INET, SOCK_DGRAM, 0);

        a.sin_addr.s_addr = htonl(0x08080808);
        return fd < 0 ? errno : outcome(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)));
}
static int connect_abstract(void)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        size_t n = strlen(abstract_name);

        memcpy(a.sun_path + 1, abstract_name, n);
        return fd < 0 ? errno
                      : outcome(connect(fd, (struct sockaddr *)&a,
                                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n)));
}
static int socket_raw(void)
{
        return outcome(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}
static int socket_packet(void)
{
        return outcome(socket(AF_PACKET, SOCK_RAW, 0));
}
static int interface_up(void)
{
        struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP};
        int fd = socket(AF_INET, SOCK_DGRAM, 0);

        return fd < 0 ? errno : outcome(ioctl(fd, SIOCSIFFLAGS, &ifr));
}
static int socket_any(void)
{
        return outcome(socket(AF_UNIX, SOCK_STREAM, 0));
}
static int socket_netlink(void)
{
        return outcome(socket(AF_NETLINK, SOCK_RAW, 0));
}
static int socket_pair(void)
{
        int fd[2];

        return outcome(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
}

/* ---- mounts and namespaces ---- */
static int mount_tmpfs(void)
{
        return outcome(mount("none", "/tmp", "tmpfs", 0, NULL));
}
static int mount_bind(void)
{
        return outcome(mount("/usr", "/tmp", NULL, MS_BIND, NULL));
}
static int remount_writable(void)
{
        return outcome(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
}
static int unmount(void)
{
        return outcome(umount2("/usr", MNT_DETACH));
}
static int pivot(void)
{
        return outcome(syscall(SYS_pivot_root, ".", "."));
}
static int change_root(void)
{
        return outcome(chroot("/usr"));
}
static int open_filesystem(void)
{
        return outcome(fsopen("tmpfs", 0));
}
static int copy_tree(void)
{
        return outcome(open_tree(AT_FDCWD, "/usr", OPEN_TREE_CLONE));
}
static int unshare_user(void)
{
        return outcome(unshare(CLONE_NEWUSER));
}
static int unshare_mounts(void)
{
        return outcome(unshare(CLONE_NEWNS));
}
static int unshare_network(void)
{
        return outcome(unshare(CLONE_NEWNET));
}
static int clone_user(void)
{
        long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

        if (pid == 0)
                _exit(0);
        return outcome(pid);
}
static int clone3_user(void)
{
        struct {
                uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
        } args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
        long pid = syscall(SYS_clone3, &args, sizeof(args));

        if (pid == 0)
                _exit(0);
        return outcome(pid);
}

/* ---- the kernel ---- */
static int load_module(void)
{
        return outcome(syscall(SYS_init_module, "x", 1UL, ""));
}
static int load_bpf(void)
{
        union bpf_attr attr = {
            .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

        return outcome(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}
static int perf_kernel(void)
{
        struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr)};

        return outcome(syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0UL));
}
static int add_key(void)
{
        return outcome(syscall(SYS_add_key, "user", "probe", "x", 1UL, -2));
}
static int userfault(void)
{
        return outcome(syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */));
}
static int ring(void)
{
        struct io_uring_params p = {0};

        return outcome(syscall(SYS_io_uring_setup, 4, &p));
}
static int reboot_host(void)
{
        return outcome(
            syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF, 0));
}
static int kexec(void)
{
        return outcome(syscall(SYS_kexec_load, 0UL, 0UL, NULL, 0UL));
}
static int set_clock(void)
{
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return outcome(syscall(SYS_clock_settime, CLOCK_REALTIME, &now));
}
static int set_hostname(void)
{
        return outcome(sethostname("probe", 5));
}
static int clear_log(void)
{
        return outcome(syscall(SYS_syslog, 5, NULL, 0));
}
static int swap_on(void)
{
        return outcome(swapon("/dev/null", 0));
}
static int io_ports(void)
{
        return outcome(syscall(SYS_iopl, 3));
}
static int watch_files(void)
{
        return outcome(syscall(SYS_fanotify_init, FAN_CLASS_CONTENT, O_RDONLY));
}
static int push_input(void)
{
        return outcome(ioctl(0, TIOCSTI, "x"));
}

/* ---- privilege ---- */
static int become_root(void)
{
        return outcome(syscall(SYS_setuid, 0));
}
static int become_root_group(void)
{
        return outcome(syscall(SYS_setgid, 0));
}
static int become_other(void)
{
        return outcome(syscall(SYS_setresuid, JAIL_UID_BASE, JAIL_UID_BASE, JAIL_UID_BASE));
}
static int add_group(void)
{
        gid_t g = 0;

        return outcome(syscall(SYS_setgroups, 1UL, &g));
}
static int gain_capability(void)
{
        struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct data[2] = {{1u << CAP_SYS_ADMIN, 1u << CAP_SYS_ADMIN, 0}, {0}};

        return outcome(syscall(SYS_capset, &head, data));
}
static int gain_ambient(void)
{
        return outcome(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0));
}
static int unlock_securebits(void)
{
        return outcome(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
}
static int stray_descriptors(void)
{
        for (int fd = 3; fd < 4096; fd++)
                if (fcntl(fd, F_GETFD) >= 0)
                        return 0;
        return EBADF;
}
static int exec_setuid(void)
{
        execl("/bound/probe", "probe", "uid", NULL);
        return errno;
}

static const struct attempt ATTEMPTS[] = {
    /* First, before any other attempt opens something. */
    {"stray-descriptors", stray_descriptors, false},
    {"read-shadow", read_shadow, true},
    {"read-passwd", read_passwd, true},
    {"list-root-home", list_root_home, true},
    {"list-zones", list_zones, false},
    {"list-sys", list_sys, true},
    {"list-proc", list_proc, true},
    {"climb-out", climb_out, false},
    {"write-usr", write_usr, false},
    {"write-root", write_root, false},
    {"write-dev", write_dev, false},
    {"write-mode-777", write_mode_777, false},
    {"write-existing-666", write_existing_666, false},
    {"open-mem", open_mem, false},
    {"open-kmsg", open_kmsg, false},
    {"open-tty", open_tty, false},
    {"make-node", make_node, false},
    {"make-node-at", make_node_at, false},
    {"own-tmp", own_tmp, false},
    {"own-null", own_null, true},
    {"fill-tmp", fill_tmp, false},
    {"exec-own-file", exec_own_file, false},
    {"map-own-file-executable", map_own_file_executable, false},
    {"open-by-handle", open_by_handle, false},
    {"signal-host", signal_host, true},
    {"signal-everyone", signal_everyone, false},
    {"pidfd-host", pidfd_host, true},
    {"ptrace-host", ptrace_host, false},
    {"read-host-memory", read_host_memory, false},
    {"renice", renice, false},
    {"realtime", realtime, false},
    {"raise-limit", raise_limit, false},
    {"dump-core", dump_core, false},
    {"fork-once", fork_once, false},
    {"fork-without-end", fork_without_end, false},
    {"connect-tcp", connect_tcp, false},
    {"send-udp", send_udp, false},
    {"connect-abstract", connect_abstract, true},
    {"socket-raw", socket_raw, false},
    {"socket-packet", socket_packet, false},
    {"socket-netlink", socket_netlink, false},
    {"socket-any", socket_any, true},
    {"socket-pair", socket_pair, false},
    {"interface-up", interface_up, false},
    {"mount-tmpfs", mount_tmpfs, false},
    {"mount-bind", mount_bind, false},
    {"remount-writable", remount_writable, false},
    {"unmount", unmount, false},
    {"pivot-root", pivot, false},
    {"chroot", change_root, false},
    {"fsopen", open_filesystem, false},
    {"open-tree", copy_tree, false},
    {"unshare-user", unshare_user, false},
    {"unshare-mounts", unshare_mounts, false},
    {"unshare-network", unshare_network, false},
    {"clone-user", clone_user, false},
    {"clone3-user", clone3_user, false},
    {"load-module", load_module, false},
    {"bpf", load_bpf, false},
    {"perf-events", perf_kernel, false},
    {"add-key", add_key, false},
    {"userfaultfd", userfault, false},
    {"io-uring", ring, false},
    {"reboot", reboot_host, false},
    {"kexec", kexec, false},
    {"set-clock", set_clock, false},
    {"set-hostname", set_hostname, false},
    {"clear-log", clear_log, false},
    {"swapon", swap_on, false},
    {"io-ports", io_ports, false},
    {"watch-files", watch_files, false},
    {"push-input", push_input, false},
    {"become-root", become_root, false},
    {"become-root-group", become_root_group, false},
    {"become-other", become_other, false},
    {"add-group", add_group, false},
    {"gain-capability", gain_capability, false},
    {"gain-ambient", gain_ambient, false},
    {"unlock-securebits", unlock_securebits, false},
    /* Last, since it replaces the program when it gets through. */
    {"exec-setuid", exec_setuid, false},
    {0},
};

static _Noreturn void take_memory(void)
{
        for (;;) {
                char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

                if (p == MAP_FAILED) {
                        printf("denied memory: %s\n", strerror(errno));
                        exit(0);
                }
                memset(p, 1, 1 << 20);
        }
}

/* The kernel tells in the auxiliary vector; asking again is a system call that may be refused. */
static void report_uid(void)
{
        if (getauxval(AT_EUID) == 0 || getauxval(AT_SECURE))
                printf("ALLOWED exec-setuid\n");
        else
                printf("denied exec-setuid: the bit has no effect\n");
}

static int wear_engine_walls(bool shares)
{
        static const struct jail_fd share[] = {{.number = SHARE_NUMBER, .kind = JAIL_FD_SHARE},
                                               {.number = SHARE_RO_NUMBER, .kind = JAIL_FD_SHARE_RO}};
        const unsigned engine = shares ? JAIL_ENGINE_SHARE | JAIL_ENGINE_CHANGE : 0;
        static const char *const readable[] = {"/usr", "/lib", "/lib64", "/dev", NULL};
        static const char *const executable[] = {"/usr/bin/qemu-system-x86_64", "/lib64/ld-linux-x86-64.so.2",
                                                 NULL};
        static const char *const writable[] = {"/tmp", NULL};
        struct error err = {0};

        if (jail_landlock(readable, executable, writable, share, shares ? 2 : 0, &err) == -EOPNOTSUPP ||
            err.code == 0)
                if (jail_seccomp(engine, &err) == 0)
                        return 0;
        printf("walls: %s\n", err.text);
        return 1;
}

static void try_all(const struct attempt *list, bool outside)
{
        for (; list->name; list++) {
                int code;

                if (outside && !list->harmless)
                        continue;
                code = list->attempt();
                if (code)
                        printf("denied %s: %s\n", list->name, strerror(code));
                else
                        printf("ALLOWED %s\n", list->name);
        }
}

int main(int argc, char **argv)
{
        bool outside;

        setvbuf(stdout, NULL, _IOLBF, 4096);
        if (argc == 2 && strcmp(argv[1], "memory") == 0)
                take_memory();
        if (argc == 2 && strcmp(argv[1], "uid") == 0) {
                report_uid();
                return 0;
        }
        if (argc > 2 && strcmp(argv[1], "exec") == 0) {
                if (wear_engine_walls(false))
                        return 1;
                execv(argv[2], argv + 2);
                printf("exec: %s\n", strerror(errno));
                return 1;
        }
        if (argc == 2 && strcmp(argv[1], "disk") == 0) {
                if (wear_engine_walls(false))
                        return 1;
                try_all(DISK_ATTEMPTS, getauxval(AT_EUID) == 0);
                return 0;
        }
        if (argc == 2 && strncmp(argv[1], "share", 5) == 0) {
                if (strcmp(argv[1], "share") == 0 && wear_engine_walls(true))
                        return 1;
                try_all(SHARE_ATTEMPTS, getauxval(AT_EUID) == 0);
                return 0;
        }
        if (argc != 4 || strlen(argv[3]) > 100)
                return 2;
        /* As root on the host most of the list would succeed: unless a jail's uid says otherwise, don't. */
        outside = strcmp(argv[1], "host") == 0 || getauxval(AT_EUID) == 0;
        host_pid = atoi(argv[2]);
        abstract_name = argv[3];
        if (strcmp(argv[1], "engine") == 0 && wear_engine_walls(false))
                return 1;
        try_all(ATTEMPTS, outside);
        return 0;
}
