/*
 * The throw-away VM of the probe, by the ioctls of /dev/kvm.  The guest starts in 32-bit protected mode and
 * makes its own way to 64-bit code in the upper half of the address space, an interrupt instruction, a page
 * fault and an interrupt from outside: some hosts' KVM creates VMs and runs 64-bit code, and yet fails at one
 * of these, which no look at /dev/kvm, its version or its capabilities tells.
 */
#include "accel/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/cleanup.h"

/* As in guest.S. */
#define MEMORY    0x20000u
#define PML4      0x1000u
#define PDPT      0x2000u
#define DIRECTORY 0x3000u
#define IDT       0x5000u
#define LOAD      0x8000u
#define HIGH      0xffffffff80000000ull
#define SAY       0x3f8
#define RESULT    0x3fc
#define VEC_INT   0x21u
#define VEC_TIMER 0x22u
#define VEC_FAULT 14u
#define MAX_EXITS 64 /* the guest makes about a dozen */
#define MAX_CPUID 256

extern const unsigned char accel_guest[], accel_guest_end[];
extern const unsigned char accel_guest_on_int[], accel_guest_on_fault[], accel_guest_on_timer[];

static const struct {
        char step;
        const char *next;
} STEPS[] = {
    {0, "at its first instruction"},
    {'p', "on its way to 64-bit mode"},
    {'l', "in the upper half of the address space"},
    {'u', "at an interrupt instruction"},
    {'i', "at a page fault"},
    {'f', "at an interrupt from outside"},
    {'t', "while computing"},
    {'e', "after its end"},
};

const char *accel_next_step(char step)
{
        for (size_t i = 0; i < ARRAY_SIZE(STEPS); i++)
                if (STEPS[i].step == step)
                        return STEPS[i].next;
        return "at an unknown step";
}

struct vm {
        int kvm, vm, vcpu;
        unsigned char *memory;
        struct kvm_run *run;
};

static __attribute__((format(printf, 2, 3))) void refuse(struct probe_report *report, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(report->why, sizeof(report->why), fmt, ap);
        va_end(ap);
}

/* An expression, so that the compiler and the analyzer see that it is negative. */
#define NO(report, ...) (refuse(report, __VA_ARGS__), -1)

static int open_vm(struct vm *vm, struct probe_report *report)
{
        struct kvm_userspace_memory_region region = {.memory_size = MEMORY};

        vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
        if (vm->kvm < 0)
                return NO(report, "/dev/kvm: %s", strerror(errno));
        if (ioctl(vm->kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
                return NO(report, "/dev/kvm: not the KVM interface, version %d", KVM_API_VERSION);
        vm->vm = ioctl(vm->kvm, KVM_CREATE_VM, 0);
        if (vm->vm < 0)
                return NO(report, "/dev/kvm: a VM cannot be made: %s", strerror(errno));
        vm->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (vm->memory == MAP_FAILED)
                return NO(report, "no memory for the probe: %s", strerror(errno));
        region.userspace_addr = (uintptr_t)vm->memory;
        /* Intel wants three pages for a task state segment, out of the guest's way. */
        (void)ioctl(vm->vm, KVM_SET_TSS_ADDR, 0xfffbd000ul);
        if (ioctl(vm->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
                return NO(report, "/dev/kvm: no memory for the guest: %s", strerror(errno));
        return 0;
}

static int make_vcpu(struct vm *vm, struct probe_report *report)
{
        union {
                struct kvm_cpuid2 head;
                char space[sizeof(struct kvm_cpuid2) + MAX_CPUID * sizeof(struct kvm_cpuid_entry2)];
        } cpuid = {.head.nent = MAX_CPUID};
        int size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

        vm->vcpu = ioctl(vm->vm, KVM_CREATE_VCPU, 0);
        if (vm->vcpu < 0 || size < (int)sizeof(*vm->run))
                return NO(report, "/dev/kvm: a virtual CPU cannot be made: %s", strerror(errno));
        vm->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
        if (vm->run == MAP_FAILED)
                return NO(report, "/dev/kvm: a virtual CPU cannot be mapped: %s", strerror(errno));
        if (ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) < 0 ||
            ioctl(vm->vcpu, KVM_SET_CPUID2, &cpuid) < 0)
                return NO(report, "/dev/kvm: CPUID cannot be set: %s", strerror(errno));
        return 0;
}

static void put64(unsigned char *memory, unsigned at, uint64_t value)
{
        memcpy(memory + at, &value, sizeof(value));
}

static void gate(unsigned char *memory, unsigned vector, const unsigned char *handler)
{
        uint64_t to = HIGH + LOAD + (uint64_t)(handler - accel_guest);

        put64(memory, IDT + vector * 16,
              (to & 0xffff) | 8ull << 16 | 0x8e00ull << 32 | (to >> 16 & 0xffff) << 48);
        put64(memory, IDT + vector * 16 + 8, to >> 32);
}

/* The first 2 MiB, at 0 and once more where kernels live. */
static void fill_memory(unsigned char *memory)
{
        put64(memory, PML4, PDPT | 3);
        put64(memory, PML4 + 511 * 8, PDPT | 3);
        put64(memory, PDPT, DIRECTORY | 3);
        put64(memory, PDPT + 510 * 8, DIRECTORY | 3);
        put64(memory, DIRECTORY, 0x83);
        gate(memory, VEC_INT, accel_guest_on_int);
        gate(memory, VEC_FAULT, accel_guest_on_fault);
        gate(memory, VEC_TIMER, accel_guest_on_timer);
        memcpy(memory + LOAD, accel_guest, (size_t)(accel_guest_end - accel_guest));
}

static int set_registers(struct vm *vm, struct probe_report *report)
{
        struct kvm_segment code = {
            .limit = 0xffffffff, .selector = 8, .type = 11, .present = 1, .db = 1, .s = 1, .g = 1};
        struct kvm_segment data = {
            .limit = 0xffffffff, .selector = 16, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1};
        struct kvm_regs regs = {.rip = LOAD, .rsp = 0x7000, .rflags = 2};
        struct kvm_sregs sregs;

        if (ioctl(vm->vcpu, KVM_GET_SREGS, &sregs) < 0)
                return NO(report, "/dev/kvm: registers cannot be read: %s", strerror(errno));
        sregs.cr0 = 0x11; /* protected mode, no paging */
        sregs.cs = code;
        sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
        if (ioctl(vm->vcpu, KVM_SET_SREGS, &sregs) < 0 || ioctl(vm->vcpu, KVM_SET_REGS, &regs) < 0)
                return NO(report, "/dev/kvm: registers cannot be set: %s", strerror(errno));
        return 0;
}

static uint64_t expected_result(void)
{
        uint64_t x = 0;

        for (int i = 0; i < 1000; i++)
                x = x * 6364136223846793005u + 1442695040888963407u;
        return x;
}

static int run(struct vm *vm, struct probe_report *report)
{
        struct kvm_interrupt timer = {VEC_TIMER};
        struct kvm_run *run = vm->run;
        uint64_t result = 0;
        unsigned words = 0;

        for (int i = 0; i < MAX_EXITS; i++) {
                const unsigned char *data;

                if (ioctl(vm->vcpu, KVM_RUN, 0) < 0)
                        return NO(report, "/dev/kvm: a 64-bit guest failed %s: %s",
                                  accel_next_step(report->step), strerror(errno));
                data = (const unsigned char *)run + run->io.data_offset;
                if (run->exit_reason == KVM_EXIT_IO && run->io.port == SAY) {
                        report->step = (char)data[0];
                } else if (run->exit_reason == KVM_EXIT_IO && run->io.port == RESULT && words < 2) {
                        uint32_t word;

                        memcpy(&word, data, sizeof(word));
                        result |= (uint64_t)word << (32 * words++);
                } else if (run->exit_reason == KVM_EXIT_HLT && report->step == 'f') {
                        if (ioctl(vm->vcpu, KVM_INTERRUPT, &timer) < 0)
                                return NO(report, "/dev/kvm: no interrupt can be sent: %s", strerror(errno));
                } else if (run->exit_reason == KVM_EXIT_HLT && report->step == 'e') {
                        return result == expected_result()
                                   ? 0
                                   : NO(report, "/dev/kvm: a 64-bit guest computed a wrong result");
                } else {
                        return NO(report, "/dev/kvm: a 64-bit guest failed %s (KVM exit %u)",
                                  accel_next_step(report->step), run->exit_reason);
                }
        }
        return NO(report, "/dev/kvm: a 64-bit guest did not come to its end");
}

void accel_run_guest(struct probe_report *report)
{
        struct vm vm = {-1, -1, -1, NULL, NULL};

        report->ok = false;
        if (open_vm(&vm, report) == 0 && make_vcpu(&vm, report) == 0 && set_registers(&vm, report) == 0) {
                fill_memory(vm.memory);
                report->ok = run(&vm, report) == 0;
        }
        report->finished = true;
        cleanup_close(&vm.vcpu);
        cleanup_close(&vm.vm);
        cleanup_close(&vm.kvm);
}
