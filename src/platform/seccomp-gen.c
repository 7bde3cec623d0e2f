/*
 * Build-time program: writes the system call filters as a C header, so that the programs on the boot path
 * neither load libseccomp nor spend time on building filters.
 *
 * The lists are what QEMU was seen to call, from its exec to its end, under TCG and under KVM, less the calls
 * that it can do without.  There is no socket, bind or connect on any: every socket that the engine uses is
 * made by zoneadmd and inherited.  There is no fork: clone makes threads only.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/if_tun.h>
#include <linux/prctl.h>
#include <linux/vfio.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/filter.h>

#include "platform/jail.h"

#define CHECK(call)                                                                                          \
        do {                                                                                                 \
                int check_r = (call);                                                                        \
                if (check_r < 0) {                                                                           \
                        fprintf(stderr, "seccomp-gen: %s: %s\n", #call, strerror(-check_r));                 \
                        exit(1);                                                                             \
                }                                                                                            \
        } while (0)

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define SYSCALL(name)                                                                                        \
        {                                                                                                    \
                SCMP_SYS(name), #name                                                                        \
        }

#define SOCKET_TYPES 0xf /* of the type of a socket, what is not a flag */
#define FCHMODAT2    452 /* Linux 6.6; not in older headers */
#define SET_ID       (S_ISUID | S_ISGID)

struct call {
        int number;
        const char *name;
};

/* The C library and the dynamic loader, threads and memory, files that are open or below the root, events. */
static const struct call ENGINE[] = {
    SYSCALL(access),
    SYSCALL(arch_prctl),
    SYSCALL(brk),
    SYSCALL(execve),
    SYSCALL(exit),
    SYSCALL(exit_group),
    SYSCALL(getpid),
    SYSCALL(getrandom),
    SYSCALL(gettid),
    SYSCALL(prlimit64),
    SYSCALL(rseq),
    SYSCALL(set_robust_list),
    SYSCALL(set_tid_address),
    SYSCALL(futex),
    SYSCALL(madvise),
    SYSCALL(mlockall), /* what it may lock is limited */
    SYSCALL(mmap),
    SYSCALL(mprotect),
    SYSCALL(mremap),
    SYSCALL(munmap),
    SYSCALL(restart_syscall),
    SYSCALL(rt_sigaction),
    SYSCALL(rt_sigprocmask),
    SYSCALL(rt_sigreturn),
    SYSCALL(sched_getaffinity),
    SYSCALL(sched_yield),
    SYSCALL(signalfd4),
    SYSCALL(tgkill),
    SYSCALL(clock_gettime),
    SYSCALL(clock_nanosleep),
    SYSCALL(gettimeofday),
    SYSCALL(uname),
    SYSCALL(close),
    SYSCALL(fdatasync),
    SYSCALL(fsync),
    SYSCALL(fstat),
    SYSCALL(ftruncate),
    SYSCALL(lseek),
    SYSCALL(newfstatat),
    SYSCALL(pread64),
    SYSCALL(preadv),
    SYSCALL(pwrite64),
    SYSCALL(pwritev),
    SYSCALL(read),
    SYSCALL(readv),
    SYSCALL(write),
    SYSCALL(writev),
    SYSCALL(io_setup),
    SYSCALL(io_submit),
    SYSCALL(io_getevents),
    SYSCALL(io_destroy),
    SYSCALL(accept4),
    SYSCALL(getpeername),
    SYSCALL(getsockname),
    SYSCALL(getsockopt),
    SYSCALL(listen),
    SYSCALL(recvmsg),
    SYSCALL(sendmsg),
    SYSCALL(shutdown),
    SYSCALL(epoll_create1),
    SYSCALL(epoll_ctl),
    SYSCALL(epoll_wait),
    SYSCALL(epoll_pwait),
    SYSCALL(eventfd2),
    SYSCALL(poll),
    SYSCALL(ppoll),
    /* QEMU's own -sandbox, which adds a second filter on top and with it takes execve away. */
    SYSCALL(seccomp),
};

/* It finds a device's IOMMU group by a link, see vfio.c. */
static const struct call VFIO[] = {
    SYSCALL(readlink),
};

/* swtpm: one thread, one directory to keep its state in, one socket that it was born with. */
static const struct call SWTPM[] = {
    SYSCALL(access),
    SYSCALL(arch_prctl),
    SYSCALL(brk),
    SYSCALL(clock_gettime),
    SYSCALL(clock_nanosleep),
    SYSCALL(close),
    SYSCALL(execveat),
    SYSCALL(exit),
    SYSCALL(exit_group),
    SYSCALL(fchmod),
    SYSCALL(fcntl),
    SYSCALL(fdatasync),
    SYSCALL(fstat),
    SYSCALL(fsync),
    SYSCALL(ftruncate),
    SYSCALL(futex),
    SYSCALL(getpid),
    SYSCALL(getrandom),
    SYSCALL(gettid),
    SYSCALL(gettimeofday),
    SYSCALL(lseek),
    SYSCALL(madvise),
    SYSCALL(mmap),
    SYSCALL(mprotect),
    SYSCALL(mremap),
    SYSCALL(munmap),
    SYSCALL(newfstatat),
    SYSCALL(openat),
    SYSCALL(pipe2),
    SYSCALL(poll),
    SYSCALL(pread64),
    SYSCALL(pwrite64),
    SYSCALL(prlimit64),
    SYSCALL(read),
    SYSCALL(readv),
    SYSCALL(recvmsg),
    SYSCALL(rename),
    SYSCALL(renameat),
    SYSCALL(restart_syscall),
    SYSCALL(rseq),
    SYSCALL(rt_sigaction),
    SYSCALL(rt_sigprocmask),
    SYSCALL(rt_sigreturn),
    SYSCALL(sched_yield),
    SYSCALL(set_robust_list),
    SYSCALL(set_tid_address),
    SYSCALL(shutdown),
    SYSCALL(tgkill),
    SYSCALL(umask),
    SYSCALL(uname),
    SYSCALL(unlink),
    SYSCALL(unlinkat),
    SYSCALL(write),
    SYSCALL(writev),
    /* Its own filter, which comes on top. */
    SYSCALL(seccomp),
};

/*
 * What the engine does for a guest that looks into a shared directory, and what it does for one that changes
 * something there.  Calls whose mode decides what comes of them are below.
 */
static const struct call SHARE[] = {
    SYSCALL(dup),        SYSCALL(fstatfs),   SYSCALL(getdents64),
    SYSCALL(readlinkat), SYSCALL(lgetxattr), SYSCALL(llistxattr),
};
static const struct call CHANGE[] = {
    SYSCALL(lremovexattr), SYSCALL(lsetxattr), SYSCALL(mkdirat),   SYSCALL(renameat),
    SYSCALL(symlinkat),    SYSCALL(unlinkat),  SYSCALL(utimensat),
};

/* What serves strangers: accepts, reads and writes, opens files below its root; no exec, no socket, no fork.
 */
static const struct call SERVER[] = {
    SYSCALL(accept),          SYSCALL(accept4),        SYSCALL(brk),           SYSCALL(clock_gettime),
    SYSCALL(clock_nanosleep), SYSCALL(close),          SYSCALL(epoll_create1), SYSCALL(epoll_ctl),
    SYSCALL(epoll_pwait),     SYSCALL(epoll_pwait2),   SYSCALL(epoll_wait),    SYSCALL(exit),
    SYSCALL(exit_group),      SYSCALL(fcntl),          SYSCALL(fstat),         SYSCALL(futex),
    SYSCALL(getpeername),     SYSCALL(getpid),         SYSCALL(getppid),       SYSCALL(getrandom),
    SYSCALL(getsockname),     SYSCALL(getsockopt),     SYSCALL(gettid),        SYSCALL(gettimeofday),
    SYSCALL(getuid),          SYSCALL(lseek),          SYSCALL(madvise),       SYSCALL(mmap),
    SYSCALL(mprotect),        SYSCALL(mremap),         SYSCALL(munmap),        SYSCALL(newfstatat),
    SYSCALL(openat),          SYSCALL(poll),           SYSCALL(ppoll),         SYSCALL(read),
    SYSCALL(readv),           SYSCALL(recvfrom),       SYSCALL(recvmsg),       SYSCALL(restart_syscall),
    SYSCALL(rt_sigaction),    SYSCALL(rt_sigprocmask), SYSCALL(rt_sigreturn),  SYSCALL(sched_yield),
    SYSCALL(sendmsg),         SYSCALL(setsockopt),     SYSCALL(shutdown),      SYSCALL(write),
    SYSCALL(writev),
};

/* What draws a picture of a screen: reads from one connection, writes to a pipe; no open, no accept. */
static const struct call READER[] = {
    SYSCALL(brk),          SYSCALL(clock_gettime),  SYSCALL(clock_nanosleep),
    SYSCALL(close),        SYSCALL(exit),           SYSCALL(exit_group),
    SYSCALL(fstat),        SYSCALL(futex),          SYSCALL(getpid),
    SYSCALL(getrandom),    SYSCALL(getsockopt),     SYSCALL(gettid),
    SYSCALL(gettimeofday), SYSCALL(lseek),          SYSCALL(madvise),
    SYSCALL(mmap),         SYSCALL(mprotect),       SYSCALL(mremap),
    SYSCALL(munmap),       SYSCALL(newfstatat),     SYSCALL(poll),
    SYSCALL(ppoll),        SYSCALL(pselect6),       SYSCALL(read),
    SYSCALL(readv),        SYSCALL(recvfrom),       SYSCALL(restart_syscall),
    SYSCALL(rt_sigaction), SYSCALL(rt_sigprocmask), SYSCALL(rt_sigreturn),
    SYSCALL(sched_yield),  SYSCALL(select),         SYSCALL(shutdown),
    SYSCALL(write),        SYSCALL(writev),
};

/* What a zone's init may do besides, or without a look at the arguments, before it executes the engine. */
static const struct call INIT[] = {
    SYSCALL(fallocate),
    SYSCALL(fcntl),
    SYSCALL(openat),
    SYSCALL(execveat),
    SYSCALL(landlock_create_ruleset),
    SYSCALL(landlock_add_rule),
    SYSCALL(landlock_restrict_self),
    SYSCALL(openat2),
    SYSCALL(close_range),
    SYSCALL(dup),
    SYSCALL(dup2),
    SYSCALL(dup3),
    SYSCALL(getuid),
    SYSCALL(geteuid),
    SYSCALL(getgid),
    SYSCALL(getegid),
    SYSCALL(getppid),
    SYSCALL(getcwd),
    SYSCALL(getdents64),
    SYSCALL(readlink),
    SYSCALL(readlinkat),
    SYSCALL(statx),
    SYSCALL(statfs),
    SYSCALL(fstatfs),
    SYSCALL(sysinfo),
    SYSCALL(unlink),
    SYSCALL(unlinkat),
    SYSCALL(mkdirat),
    SYSCALL(renameat),
    SYSCALL(pipe2),
    SYSCALL(umask),
    SYSCALL(memfd_create),
    SYSCALL(nanosleep),
    SYSCALL(ioctl),
    SYSCALL(prctl),
    SYSCALL(sigaltstack),
};

/* No TIOCSTI, no TIOCLINUX, no SIOCSIF*: only what a disk, a tap or a terminal is asked. */
static const unsigned ENGINE_IOCTLS[] = {
    FIONBIO,        FIONREAD,      TCGETS,       TIOCGWINSZ,      TUNGETIFF,
    TUNGETFEATURES, TUNSETOFFLOAD, TUNSETSNDBUF, TUNSETVNETHDRSZ, TUNGETVNETHDRSZ,
    TUNSETVNETLE,   TUNSETVNETBE,  TUNSETQUEUE,  0x00000301, /* HDIO_GETGEO */
    0x00002282,                                              /* SG_GET_VERSION_NUM */
    0x800c581e,                                              /* XFS_IOC_DIOINFO */
};

/* By their type, which is the second byte. */
static const unsigned ENGINE_IOCTL_TYPES[] = {0x12 /* block devices */};
static const unsigned KVM_IOCTL_TYPES[] = {0xae /* KVM */, 0xaf /* vhost */};

/* What QEMU asks of VFIO's container, groups and PCI devices. */
static const unsigned VFIO_IOCTLS[] = {
    VFIO_GET_API_VERSION,
    VFIO_CHECK_EXTENSION,
    VFIO_SET_IOMMU,
    VFIO_GROUP_GET_STATUS,
    VFIO_GROUP_SET_CONTAINER,
    VFIO_GROUP_UNSET_CONTAINER,
    VFIO_GROUP_GET_DEVICE_FD,
    VFIO_DEVICE_GET_INFO,
    VFIO_DEVICE_GET_REGION_INFO,
    VFIO_DEVICE_GET_IRQ_INFO,
    VFIO_DEVICE_SET_IRQS,
    VFIO_DEVICE_RESET,
    VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, /* and VFIO_IOMMU_GET_INFO */
    VFIO_DEVICE_PCI_HOT_RESET,          /* and VFIO_IOMMU_MAP_DMA */
    VFIO_IOMMU_UNMAP_DMA,
    VFIO_DEVICE_IOEVENTFD,
    VFIO_DEVICE_FEATURE, /* and VFIO_IOMMU_DIRTY_PAGES */
};

/* No lease, with which opening a file could be held up for everybody, and no signals on demand. */
static const unsigned FCNTLS[] = {
    F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,  F_SETFD,     F_GETFL,     F_SETFL,
    F_GETLK, F_SETLK,         F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW,
};

/*
 * What a disk is asked for.  Not KEEP_SIZE alone or with ZERO_RANGE, nor INSERT_RANGE: they take room behind
 * the end of a file, and the kernel does not hold that against RLIMIT_FSIZE.
 */
static const unsigned FALLOCATES[] = {
    0, FALLOC_FL_ZERO_RANGE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, /* which takes none */
};

static const unsigned PRCTLS[] = {
    PR_SET_NAME, PR_GET_NAME, PR_SET_TIMERSLACK, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_READ,
};

static void allow(scmp_filter_ctx ctx, const struct call *calls, size_t n)
{
        for (size_t i = 0; i < n; i++)
                CHECK(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i].number, 0));
}

static void allow_ioctl_types(scmp_filter_ctx ctx, const unsigned *types, size_t n)
{
        for (size_t i = 0; i < n; i++)
                CHECK(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                       SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff00, types[i] << 8)));
}

static void allow_ioctls(scmp_filter_ctx ctx, const unsigned *numbers, size_t n)
{
        for (size_t i = 0; i < n; i++)
                CHECK(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                       SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, numbers[i])));
}

/* The call with an argument, of which the masked bits have this value. */
static void allow_bits(scmp_filter_ctx ctx, int call, unsigned argument, uint64_t mask, uint64_t value)
{
        CHECK(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
                               SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, mask, value)));
}

/*
 * The engine makes the data channel of a TPM emulator and sends one end over the control channel.  Only a
 * stream: a datagram socket, paired or not, sends to every address that sendmsg(2) is given, such as a socket
 * that the host serves in a shared directory.
 */
static void allow_tpm(scmp_filter_ctx ctx)
{
        CHECK(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 2,
                               SCMP_A0_64(SCMP_CMP_MASKED_EQ, 0xffffffff, AF_UNIX),
                               SCMP_A1_64(SCMP_CMP_MASKED_EQ, SOCKET_TYPES, SOCK_STREAM)));
}

/* Nobody's file gets a setuid or setgid bit, and of nodes only plain files are made. */
static void allow_change(scmp_filter_ctx ctx)
{
        allow(ctx, CHANGE, COUNT(CHANGE));
        allow_bits(ctx, SCMP_SYS(chmod), 1, SET_ID, 0);
        allow_bits(ctx, SCMP_SYS(fchmodat), 2, SET_ID, 0);
        allow_bits(ctx, FCHMODAT2, 2, SET_ID, 0);
        allow_bits(ctx, SCMP_SYS(mknodat), 2, S_IFMT | SET_ID, S_IFREG);
        /* By name only: not the file that a descriptor stands for. */
        allow_bits(ctx, SCMP_SYS(linkat), 4, 0xffffffff, 0);
}

static void allow_engine(scmp_filter_ctx ctx)
{
        const uint64_t new_spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

        allow(ctx, ENGINE, COUNT(ENGINE));
        /* Threads, and nothing that is not a thread of this very process. */
        CHECK(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | new_spaces, CLONE_THREAD)));
        /* Its flags lie in memory, where no filter sees them; the C library then uses clone. */
        CHECK(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0));
        /* On connected sockets; to an address of its own choosing it may send nothing. */
        CHECK(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, SCMP_A4(SCMP_CMP_EQ, 0, 0)));
        CHECK(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(recvfrom), 0));
}

static void allow_prctls(scmp_filter_ctx ctx)
{
        for (size_t i = 0; i < COUNT(PRCTLS); i++)
                allow_bits(ctx, SCMP_SYS(prctl), 0, 0xffffffff, PRCTLS[i]);
}

static void allow_fcntls(scmp_filter_ctx ctx)
{
        for (size_t i = 0; i < COUNT(FCNTLS); i++)
                allow_bits(ctx, SCMP_SYS(fcntl), 1, 0xffffffff, FCNTLS[i]);
}

/* What sends on connected sockets: to an address of its own choosing it may send nothing. */
static void allow_connected(scmp_filter_ctx ctx)
{
        CHECK(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, SCMP_A4(SCMP_CMP_EQ, 0, 0)));
        allow_bits(ctx, SCMP_SYS(ioctl), 1, 0xffffffff, FIONBIO);
}

static void allow_arguments(scmp_filter_ctx ctx)
{
        allow_ioctls(ctx, ENGINE_IOCTLS, COUNT(ENGINE_IOCTLS));
        allow_ioctl_types(ctx, ENGINE_IOCTL_TYPES, COUNT(ENGINE_IOCTL_TYPES));
        allow_fcntls(ctx);
        for (size_t i = 0; i < COUNT(FALLOCATES); i++)
                allow_bits(ctx, SCMP_SYS(fallocate), 1, 0xffffffff, FALLOCATES[i]);
        /* Its mode counts for a file that is made, and is 0 for others. */
        allow_bits(ctx, SCMP_SYS(openat), 3, SET_ID, 0);
        allow_prctls(ctx);
}

static void emit(scmp_filter_ctx ctx, const char *name)
{
        int fd = memfd_create("filter", MFD_CLOEXEC);
        struct sock_filter insn;

        if (fd < 0) {
                perror("seccomp-gen: memfd_create");
                exit(1);
        }
        CHECK(seccomp_export_bpf(ctx, fd));
        if (lseek(fd, 0, SEEK_SET) < 0)
                exit(1);
        printf("static const struct sock_filter %s[] = {\n", name);
        while (read(fd, &insn, sizeof(insn)) == (ssize_t)sizeof(insn))
                printf("        {0x%02x, %u, %u, 0x%08x},\n", insn.code, insn.jt, insn.jf, insn.k);
        printf("};\n\n");
        close(fd);
        seccomp_release(ctx);
}

static scmp_filter_ctx begin(void)
{
        scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));

        if (!ctx)
                exit(1);
        CHECK(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2));
        return ctx;
}

/* What a feature of the engine needs on top of the plain list; the numbers are those of jail.h. */
static void allow_feature(scmp_filter_ctx ctx, unsigned feature)
{
        switch (feature) {
        case JAIL_ENGINE_KVM:
                allow_ioctl_types(ctx, KVM_IOCTL_TYPES, COUNT(KVM_IOCTL_TYPES));
                break;
        case JAIL_ENGINE_VFIO:
                allow(ctx, VFIO, COUNT(VFIO));
                allow_ioctls(ctx, VFIO_IOCTLS, COUNT(VFIO_IOCTLS));
                break;
        case JAIL_ENGINE_TPM:
                allow_tpm(ctx);
                break;
        case JAIL_ENGINE_SHARE:
                allow(ctx, SHARE, COUNT(SHARE));
                break;
        case JAIL_ENGINE_CHANGE:
                allow_change(ctx);
                break;
        }
}

static void engine(unsigned features)
{
        scmp_filter_ctx ctx = begin();
        char name[32];

        allow_engine(ctx);
        allow_arguments(ctx);
        for (unsigned bit = 1; bit <= features; bit <<= 1)
                if (features & bit)
                        allow_feature(ctx, bit);
        snprintf(name, sizeof(name), "FILTER_ENGINE_%u", features);
        emit(ctx, name);
}

static void init(const char *name, bool tpm)
{
        scmp_filter_ctx ctx = begin();

        allow_engine(ctx);
        if (tpm)
                allow_tpm(ctx);
        allow(ctx, INIT, COUNT(INIT));
        allow(ctx, SHARE, COUNT(SHARE));
        allow_change(ctx);
        emit(ctx, name);
}

static void server(void)
{
        scmp_filter_ctx ctx = begin();

        allow(ctx, SERVER, COUNT(SERVER));
        allow_connected(ctx);
        emit(ctx, "FILTER_SERVER");
}

static void reader(void)
{
        scmp_filter_ctx ctx = begin();

        allow(ctx, READER, COUNT(READER));
        allow_connected(ctx);
        allow_fcntls(ctx);
        emit(ctx, "FILTER_READER");
}

static void swtpm(void)
{
        scmp_filter_ctx ctx = begin();

        allow(ctx, SWTPM, COUNT(SWTPM));
        allow_prctls(ctx);
        emit(ctx, "FILTER_SWTPM");
}

int main(void)
{
        printf("/* Made by seccomp-gen; the lists and their reasons are in seccomp-gen.c. */\n\n");
        init("FILTER_INIT", false);
        init("FILTER_INIT_WITH_TPM", true);
        swtpm();
        server();
        reader();
        for (unsigned features = 0; features <= JAIL_ENGINE_FEATURES; features++)
                engine(features);
        printf("static const struct {\n        const struct sock_filter *filter;\n        size_t n;\n"
               "} FILTERS_ENGINE[] = {\n");
        for (unsigned features = 0; features <= JAIL_ENGINE_FEATURES; features++)
                printf("        {FILTER_ENGINE_%u, ARRAY_SIZE(FILTER_ENGINE_%u)},\n", features, features);
        printf("};\n");
        return fflush(stdout) == 0 ? 0 : 1;
}
