/*
 * A boot sector that tells on COM1 what is on PCI bus 0, one function a line, "SLOT.FUNCTION VENDOR:DEVICE"
 * in hexadecimal, and stops after "end".  Of QEMU's device edu it also reads the first register, which lies
 * in the device's memory and tells its version: what comes back went through the device itself.
 */
        .code16
        .text
        .globl  _start

        .set    EDU_ID, 0x11e81234

_start:
        ljmp    $0, $start
start:
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cli
        cld
        movw    $COM1 + 3, %dx          /* 8 bits, no parity, one stop bit */
        movb    $0x03, %al
        outb    %al, %dx

        movl    $0x80000000, %ebx       /* register 0 of function %bh, which counts slots and functions */
next:   movl    %ebx, %eax
        call    pci_read
        cmpw    $0xffff, %ax
        je      skip
        movl    %eax, %edi
        movb    %bh, %al                /* slot */
        shrb    $3, %al
        call    byte
        movb    $'.', %al
        call    put
        movb    %bh, %al
        andb    $7, %al
        call    digit
        movb    $' ', %al
        call    put
        movw    %di, %ax
        call    word
        movb    $':', %al
        call    put
        movl    %edi, %eax
        shrl    $16, %eax
        call    word
        cmpl    $EDU_ID, %edi
        jne     1f
        call    edu
1:      movw    $newline, %si
        call    text
skip:   addw    $0x100, %bx
        jnc     next
        movw    $end, %si
        call    text
halt:   hlt
        jmp     halt

/* " REGISTER" of the edu whose register 0 is %ebx: its memory is far above what real mode reaches. */
edu:
        movb    $' ', %al
        call    put
        leal    0x10(%ebx), %eax
        call    pci_read
        andl    $0xfffffff0, %eax
        movl    %eax, %esi
        lgdt    table
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $8, %cx
        movw    %cx, %fs
        andb    $0xfe, %al
        movl    %eax, %cr0
        movl    %fs:(%esi), %edi
        movl    %edi, %eax
        shrl    $16, %eax
        call    word
        movw    %di, %ax

word:   pushw   %ax
        movb    %ah, %al
        call    byte
        popw    %ax
byte:   pushw   %ax
        shrb    $4, %al
        call    digit
        popw    %ax
digit:  andb    $15, %al
        addb    $'0', %al
        cmpb    $'9', %al
        jbe     put
        addb    $'a' - '9' - 1, %al

#include "serial.inc"

text:   lodsb
        testb   %al, %al
        jz      1f
        call    put
        jmp     text
1:      ret

/* Configuration register %eax to %eax. */
pci_read:
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movb    $0xfc, %dl
        inl     %dx, %eax
        ret

end:    .ascii  "end"
newline:
        .asciz  "\r\n"

        .balign 8
descriptors:
        .quad   0
        .quad   0x00cf92000000ffff      /* all of memory, for reading and writing */
table:  .word   . - descriptors - 1
        .long   descriptors

        .org    510
        .word   0xaa55
