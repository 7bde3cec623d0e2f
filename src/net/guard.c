/*
 * Keeps the processes of a control group from the services that the host offers to itself.  passt connects to
 * whatever address a guest names, 127.0.0.1 and ::1 with the rest, and has no option against it; the kernel
 * asks these programs before each connection and each datagram, whichever way it is sent.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "net/internal.h"

/* The few instructions that the programs are made of; registers 0 (verdict), 1 (the call), 2 (an address). */
#define LOAD(offset)                                                                                         \
        {                                                                                                    \
                .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = (offset)               \
        }
#define TO_HOST                                                                                              \
        {                                                                                                    \
                .code = BPF_ALU | BPF_END | BPF_TO_BE, .dst_reg = 2, .imm = 32                               \
        }
#define SHIFT_RIGHT(bits)                                                                                    \
        {                                                                                                    \
                .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = 2, .imm = (bits)                             \
        }
#define SKIP_IF(how, value, n)                                                                               \
        {                                                                                                    \
                .code = BPF_JMP | (how) | BPF_K, .dst_reg = 2, .off = (n), .imm = (value)                    \
        }
#define VERDICT(value)                                                                                       \
        {                                                                                                    \
                .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = (value)                            \
        }
#define EXIT                                                                                                 \
        {                                                                                                    \
                .code = BPF_JMP | BPF_EXIT                                                                   \
        }
#define WORD(i) (offsetof(struct bpf_sock_addr, user_ip6) + 4 * (i))

/* 127.0.0.0/8, and 0.0.0.0/8, by which the kernel reaches the same. */
static const struct bpf_insn v4[] = {
    VERDICT(0),
    LOAD(offsetof(struct bpf_sock_addr, user_ip4)),
    TO_HOST,
    SHIFT_RIGHT(24),
    SKIP_IF(BPF_JEQ, 127, 2),
    SKIP_IF(BPF_JEQ, 0, 1),
    VERDICT(1),
    EXIT,
};

/* ::/96, which holds :: and ::1, and the addresses above in ::ffff:0:0/96. */
static const struct bpf_insn v6[] = {
    VERDICT(1),
    LOAD(WORD(0)),
    SKIP_IF(BPF_JNE, 0, 12),
    LOAD(WORD(1)),
    SKIP_IF(BPF_JNE, 0, 10),
    LOAD(WORD(2)),
    TO_HOST,
    SKIP_IF(BPF_JEQ, 0, 6),
    SKIP_IF(BPF_JNE, 0xffff, 6),
    LOAD(WORD(3)),
    TO_HOST,
    SHIFT_RIGHT(24),
    SKIP_IF(BPF_JEQ, 0, 1),
    SKIP_IF(BPF_JNE, 127, 1),
    VERDICT(0),
    EXIT,
};

static int bpf(int command, union bpf_attr *attr)
{
        long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

        return r < 0 ? -errno : (int)r;
}

/* The group is ours: what hangs at it is the guard, of a link before. */
static bool is_guarded(int group, uint32_t where)
{
        union bpf_attr attr;

        memset(&attr, 0, sizeof(attr));
        attr.query.target_fd = (uint32_t)group;
        attr.query.attach_type = where;
        return bpf(BPF_PROG_QUERY, &attr) == 0 && attr.query.prog_cnt > 0;
}

static int attach(int group, const struct bpf_insn *program, size_t n, uint32_t where)
{
        union bpf_attr attr;
        _cleanup_close_ int fd = -1;

        if (is_guarded(group, where))
                return 0;
        memset(&attr, 0, sizeof(attr));
        attr.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
        attr.expected_attach_type = where;
        attr.insns = (uint64_t)(uintptr_t)program;
        attr.insn_cnt = (uint32_t)n;
        attr.license = (uint64_t)(uintptr_t) "";
        fd = bpf(BPF_PROG_LOAD, &attr);
        if (fd < 0)
                return fd;
        memset(&attr, 0, sizeof(attr));
        attr.target_fd = (uint32_t)group;
        attr.attach_bpf_fd = (uint32_t)fd;
        attr.attach_type = where;
        /* Besides what the host itself may have on groups further up. */
        attr.attach_flags = BPF_F_ALLOW_MULTI;
        return bpf(BPF_PROG_ATTACH, &attr);
}

int guard_loopback(int group)
{
        int r = attach(group, v4, ARRAY_SIZE(v4), BPF_CGROUP_INET4_CONNECT);

        if (r >= 0)
                r = attach(group, v4, ARRAY_SIZE(v4), BPF_CGROUP_UDP4_SENDMSG);
        if (r >= 0)
                r = attach(group, v6, ARRAY_SIZE(v6), BPF_CGROUP_INET6_CONNECT);
        if (r >= 0)
                r = attach(group, v6, ARRAY_SIZE(v6), BPF_CGROUP_UDP6_SENDMSG);
        return r < 0 ? r : 0;
}
