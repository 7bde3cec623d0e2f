/*
 * The screen guest: a boot sector that needs no serial port to be seen.
 *
 * It clears the VGA text screen to a colour of its own (white on blue), writes HELLO on it, and says 'A' on
 * COM1 like the other boot sector.  Then it reads keys with the firmware's keyboard service and writes each to
 * the screen and to COM1; typing R resets the machine, and F makes all of the screen flicker for ever.
 */
        .code16
        .text
        .globl  _start

        .set    BLUE, 0x1f

_start:
        ljmp    $0, $start
start:
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp
        sti
        cld
        movw    $COM1 + 3, %dx          /* 8 bits, no parity, one stop bit */
        movb    $0x03, %al
        outb    %al, %dx

        movw    $0x0003, %ax            /* text, 80x25 */
        int     $0x10
        movw    $0x0600, %ax            /* clear the whole window to blue */
        movb    $BLUE, %bh
        xorw    %cx, %cx
        movw    $0x184f, %dx
        int     $0x10
        movw    $hello, %si
1:      lodsb
        testb   %al, %al
        jz      2f
        call    show
        jmp     1b
2:      movb    $'A', %al
        call    put

key:
        xorb    %ah, %ah
        int     $0x16                   /* waits; %al is the character, 0 for a key that has none */
        testb   %al, %al
        jz      key
        call    show
        call    put
        cmpb    $'F', %al
        je      flicker
        cmpb    $'R', %al
        jne     key
        movb    $0xfe, %al
        outb    %al, $0x64
        movw    $0xcf9, %dx
        movb    $0x06, %al
        outb    %al, %dx
3:      hlt
        jmp     3b

flicker:
        movw    $0xb800, %ax
        movw    %ax, %es
        xorw    %ax, %ax
4:      xorw    %di, %di
        movw    $2000, %cx
        rep stosw
        addw    $0x1101, %ax            /* the next character, in the next colours */
        jmp     4b

/* Writes %al to the screen. */
show:
        pushw   %ax
        movb    $0x0e, %ah
        movw    $0x0007, %bx
        int     $0x10
        popw    %ax
        ret

#include "serial.inc"

hello:
        .asciz  "HELLO "

        .org    510
        .word   0xaa55
