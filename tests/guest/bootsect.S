/*
 * The boot-sector guest: a whole operating system in 512 bytes, for tests that need a guest in milliseconds.
 *
 * It says 'A' on COM1 (0x3f8), the letter by which boots are timed, then reads one letter after another from
 * COM1.  It repeats the letter that it is about to obey, so that a test sees that it was heard:
 *
 *   h  stops the processor for ever (cli; hlt): a guest that hangs
 *   l  loops for ever: a guest that is busy
 *   r  resets the machine: keyboard controller, then port 0xcf9 (says 'A' again)
 *   t  triple fault: an interrupt without an interrupt table
 *   p  powers off by ACPI: finds the power management base of the board (PIIX4 at 0:1.3 or ICH9 at 0:1f.0,
 *      as firmware set it up) and writes SLP_EN to PM1a_CNT
 *   w  waits for the power button, and then powers off as p does
 *   e  echoes everything from then on, until a NUL
 *   f  writes 'F' without end: a flood on the console
 *
 * Anything else is answered with '?'.  Nothing here waits longer than the serial port needs.
 */
        .code16
        .text
        .globl  _start

        .set    PWRBTN, 0x0100          /* in PM1a_STS and PM1a_EN */
        .set    SLP_EN, 0x2000          /* with SLP_TYP 0, which is S5 on these boards */
        .set    PIIX4_PMBA, 0x80000b40  /* configuration space of 0:1.3, register 0x40 */
        .set    ICH9_PMBASE, 0x8000f840 /* configuration space of 0:1f.0, register 0x40 */
        .set    PIIX4_ID, 0x71138086

_start:
        ljmp    $0, $start              /* some firmware comes in as 07c0:0000 */
start:
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cli
        cld
        movw    $COM1 + 3, %dx          /* 8 bits, no parity, one stop bit; also closes the divisor latch */
        movb    $0x03, %al
        outb    %al, %dx
        movb    $'A', %al
        call    put

next:
        call    get
        movw    $table, %si
1:      movb    (%si), %ah
        testb   %ah, %ah
        jz      unknown
        cmpb    %ah, %al
        je      found
        addw    $3, %si
        jmp     1b
found:
        call    put
        call    drain
        jmp     *1(%si)
unknown:
        movb    $'?', %al
        call    put
        jmp     next

table:
        .byte   'h'
        .word   halt
        .byte   'l'
        .word   loop
        .byte   'r'
        .word   reset
        .byte   't'
        .word   triple
        .byte   'p'
        .word   poweroff
        .byte   'w'
        .word   wait_button
        .byte   'e'
        .word   echo
        .byte   'f'
        .word   flood
        .byte   0

halt:
        cli
        hlt
        jmp     halt

loop:
        jmp     loop

reset:
        movb    $0xfe, %al
        outb    %al, $0x64
        movw    $0xcf9, %dx
        movb    $0x06, %al
        outb    %al, %dx
        jmp     halt

triple:
        lidt    no_table
        int3
        jmp     halt

echo:
        call    get
        testb   %al, %al
        jz      next
        call    put
        jmp     echo

flood:
        movb    $'F', %al
        call    put
        jmp     flood

wait_button:
        call    power
        addw    $2, %dx                 /* PM1a_EN: the board notes no button that nobody listens to */
        movw    $PWRBTN, %ax
        outw    %ax, %dx
        subw    $2, %dx                 /* PM1a_STS */
1:      inw     %dx, %ax
        testw   $PWRBTN, %ax
        jz      1b

poweroff:
        call    power
        addw    $4, %dx                 /* PM1a_CNT */
        movw    $SLP_EN, %ax
        outw    %ax, %dx
        jmp     halt

/* The board's power management ports to %dx. */
power:
        movl    $0x80000b00, %eax       /* who is at 0:1.3? */
        call    pci_read
        movl    $PIIX4_PMBA, %ebx
        cmpl    $PIIX4_ID, %eax
        je      1f
        movl    $ICH9_PMBASE, %ebx
1:      movl    %ebx, %eax
        call    pci_read
        movw    %ax, %dx
        andw    $0xff80, %dx
        ret

/* Configuration register %eax to %eax. */
pci_read:
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movb    $0xfc, %dl
        inl     %dx, %eax
        ret

#include "serial.inc"

/* Reads a byte into %al when there is one. */
get:
        movw    $COM1 + LINE_STATUS, %dx
1:      inb     %dx, %al
        testb   $0x01, %al
        jz      1b
        movw    $COM1, %dx
        inb     %dx, %al
        ret

/* Waits until the last byte has left the port, so that it is seen before what follows. */
drain:
        movw    $COM1 + LINE_STATUS, %dx
1:      inb     %dx, %al
        testb   $0x40, %al
        jz      1b
        ret

no_table:
        .word   0
        .long   0

        .org    510
        .word   0xaa55
