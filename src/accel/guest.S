/*
 * The guest of the acceleration probe.  It is copied to 0x8000 and started in flat 32-bit protected mode; it
 * then does by itself what every 64-bit kernel does in its first milliseconds, and says a letter after each
 * step.  What a step is for is in the table of probe.c.
 *
 * It is data of our program, not code, so every address is counted from its own load address.
 */
#define LOAD 0x8000
#define HIGH 0xffffffff80000000
#define AT(label) (LOAD + (label - accel_guest))
#define SAY 0x3f8
#define RESULT 0x3fc

        .section .rodata
        .globl accel_guest, accel_guest_end
        .globl accel_guest_on_int, accel_guest_on_fault, accel_guest_on_timer
        .hidden accel_guest, accel_guest_end
        .hidden accel_guest_on_int, accel_guest_on_fault, accel_guest_on_timer

        .macro say letter
        mov $\letter, %al
        mov $SAY, %dx
        out %al, (%dx)
        .endm

        .align 16
        .code32
accel_guest:
        say 'p'
        mov $0x1000, %eax               /* page tables, made by the host */
        mov %eax, %cr3
        mov $0x20, %eax                 /* PAE */
        mov %eax, %cr4
        mov $0xc0000080, %ecx           /* EFER: long mode */
        rdmsr
        or $0x100, %eax
        wrmsr
        mov %cr0, %eax                  /* paging */
        or $0x80000001, %eax
        mov %eax, %cr0
        lgdt AT(gdt_pointer)
        ljmp $8, $AT(long_mode)

        .code64
long_mode:
        say 'l'
        movabs $(HIGH + 0x7000), %rsp
        movabs $(HIGH + AT(upper_half)), %rax
        jmp *%rax
upper_half:
        mov $16, %eax
        mov %eax, %ss
        mov %eax, %ds
        mov %eax, %es
        say 'u'
        lidt AT(idt_pointer)
        int $0x21
        say 'i'
        mov 0x400000, %rax              /* not mapped until the fault's handler does it */
        say 'f'
        sti
        hlt                             /* the host sends vector 0x22 */
        cli
        say 't'

        /* A thousand steps of a 64-bit linear congruential generator. */
        mov $1000, %ecx
        xor %ebx, %ebx
        movabs $6364136223846793005, %rsi
        movabs $1442695040888963407, %rdi
1:      imul %rsi, %rbx
        add %rdi, %rbx
        dec %ecx
        jnz 1b
        mov $RESULT, %dx
        mov %ebx, %eax
        out %eax, (%dx)
        mov %rbx, %rax
        shr $32, %rax
        out %eax, (%dx)
        say 'e'
        hlt

accel_guest_on_int:
        iretq
accel_guest_on_fault:
        push %rax
        movq $0x83, 0x3010              /* entry 2 of the page directory: 4 MiB is 0 once more */
        pop %rax
        add $8, %rsp                    /* the error code */
        iretq
accel_guest_on_timer:
        iretq

        .align 16
gdt:
        .quad 0
        .quad 0x00af9b000000ffff        /* 8: 64-bit code */
        .quad 0x00cf93000000ffff        /* 16: data */
gdt_pointer:
        .word 23
        .quad AT(gdt)
idt_pointer:
        .word 0xfff
        .quad HIGH + 0x5000
accel_guest_end:

        .section .note.GNU-stack, "", @progbits
