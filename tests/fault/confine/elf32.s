# SPDX-License-Identifier: GPL-2.0-or-later
# A 32-bit process: "ready", then an answer to each byte, as confine.c does.
	.globl	_start
_start:	mov	$4, %eax
	mov	$1, %ebx
	mov	$ready, %ecx
	mov	$6, %edx
	int	$0x80
next:	mov	$3, %eax
	xor	%ebx, %ebx
	mov	$byte, %ecx
	mov	$1, %edx
	int	$0x80
	cmp	$1, %eax
	jne	end
	mov	$4, %eax
	mov	$1, %ebx
	mov	$answer, %ecx
	mov	$2, %edx
	int	$0x80
	jmp	next
end:	mov	$1, %eax
	xor	%ebx, %ebx
	int	$0x80
	.section .rodata
ready:	.ascii	"ready\n"
answer:	.ascii	"1\n"
	.bss
byte:	.skip	4
