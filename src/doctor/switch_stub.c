// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * void switch_stub(struct switch_data *data, void *syscall_ret): runs in the
 * patient, see target_carry_prepare() for how, and switch_data.h for what.
 * System calls leave all registers alone but rax, rcx and r11.
 */
#include "doctor/self_write.h"
#include "doctor/switch_data.h"

_Static_assert(offsetof(struct switch_data, mask) == 16 &&
	       offsetof(struct switch_data, pause) == 24 &&
	       offsetof(struct switch_data, path) == 40 &&
	       offsetof(struct switch_data, nops) == 64 &&
	       offsetof(struct switch_data, copy) == 72 &&
	       offsetof(struct switch_data, call) == 104 &&
	       offsetof(struct switch_data, go) == 120 &&
	       offsetof(struct switch_data, tick) == 128 &&
	       offsetof(struct switch_data, patience) == 144 &&
	       offsetof(struct switch_data, ops) == 152 &&
	       SWITCH_CALL == 0x40 && SWITCH_WAIT == 0x80 &&
	       SWITCH_REFUSED == 2 && SWITCH_WAITING == 16 &&
	       SWITCH_LEN == 0x1f && SWITCH_COPY == 0x20 &&
	       SWITCH_FIRST == 0x40 && SWITCH_LAST == 0x80 &&
	       SWITCH_PAGE == 4096 &&
	       sizeof(struct switch_op) == 16 && SWITCH_LOCAL == 4096,
	       "in switch_stub");

asm(".pushsection .rodata\n"
    "	.balign	16\n"
    "	.globl	switch_stub, switch_stub_end\n"
    "	.type	switch_stub, @object\n"
    "switch_stub:\n"
    "	movq	%rdi, %rbx\n"
    "	movq	%rsi, %rbp\n"
    "	movq	64(%rbx), %r14\n"
    "	cld\n"
    /* rt_sigprocmask(SIG_SETMASK, &mask, NULL, 8) */
    "	movl	$14, %eax\n"
    "	movl	$2, %edi\n"
    "	leaq	16(%rbx), %rsi\n"
    "	xorl	%edx, %edx\n"
    "	movl	$8, %r10d\n"
    "	call	*%rbp\n"
    /* openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC) */
    "	movl	$257, %eax\n"
    "	movq	$-100, %rdi\n"
    "	leaq	40(%rbx), %rsi\n"
    "	movl	$02000002, %edx\n"
    "	call	*%rbp\n"
    "	testl	%eax, %eax\n"
    "	js	4f\n"
    "	movl	%eax, %r12d\n"
    "	leaq	152(%rbx), %r13\n"
    "	xorl	%r15d, %r15d\n"
    "1:	cmpq	%r14, %r15\n"
    "	je	3f\n"
    "	movq	8(%r13), %rsi\n"
    "	movq	%rsi, %rdx\n"
    "	shrq	$56, %rdx\n"
    "	shlq	$8, %rsi\n"
    "	shrq	$8, %rsi\n"
    "	cmpq	$4096, %rsi\n"
    "	jae	2f\n"
    "	addq	%rbx, %rsi\n"
    "2:	movq	0(%r13), %r10\n"
    "	cmpb	$0x40, %dl\n"
    "	je	12f\n"
    "	cmpb	$0x80, %dl\n"
    "	je	14f\n"
    "	testb	$0x20, %dl\n"
    "	jnz	8f\n"
    /* pwrite64(fd, bytes, len, addr) */
    "9:	movl	%r12d, %edi\n"
    "	movl	$18, %eax\n"
    "	call	*%rbp\n"
    "	cmpq	%rdx, %rax\n"
    "	jne	5f\n"
    "10:	addq	$16, %r13\n"
    "	incq	%r15\n"
    "	movq	%r15, 8(%rbx)\n"
    "	jmp	1b\n"
    /* In the copy, r9, of the page r8. */
    "8:	movq	72(%rbx), %r9\n"
    "	addq	%rbx, %r9\n"
    "	movq	%r10, %r8\n"
    "	andq	$-4096, %r8\n"
    "	testb	$0x40, %dl\n"
    "	jz	11f\n"
    "	movq	%rsi, %rax\n"
    "	movq	%r8, %rsi\n"
    "	movq	%r9, %rdi\n"
    "	movl	$4096, %ecx\n"
    "	rep movsb\n"
    "	movq	%rax, %rsi\n"
    "11:	movl	%r10d, %edi\n"
    "	andl	$4095, %edi\n"
    "	addq	%r9, %rdi\n"
    "	movl	%edx, %ecx\n"
    "	andl	$31, %ecx\n"
    "	rep movsb\n"
    "	testb	$0x80, %dl\n"
    "	jz	10b\n"
    "	movq	%r9, %rsi\n"
    "	movl	$4096, %edx\n"
    "	movq	%r8, %r10\n"
    "	jmp	9b\n"
    /* Its own stack, and vector registers as the ABI has them at a call. */
    "12:	leaq	-16(%rsi), %rax\n"
    "	movq	%rsp, 0(%rax)\n"
    "	movq	%rax, %rsp\n"
    "	fninit\n"
    "	movl	$0x1f80, 8(%rax)\n"
    "	ldmxcsr	8(%rax)\n"
    "	leaq	104(%rbx), %rdi\n"
    "	call	*%r10\n"
    "	movq	0(%rsp), %rsp\n"
    "	cld\n"
    "	movq	$0, 104(%rbx)\n"
    "	testl	%eax, %eax\n"
    "	jz	10b\n"
    "	movslq	%eax, %r15\n"
    "	shlq	$16, %r15\n"
    "	orq	$2, %r15\n"
    "	jmp	6f\n"
    /* It is for the doctor to say that all is still at rest. */
    "14:	movq	%r15, %rax\n"
    "	shlq	$16, %rax\n"
    "	orq	$16, %rax\n"
    "	movq	%rax, 0(%rbx)\n"
    "15:	cmpq	$0, 120(%rbx)\n"
    "	jne	16f\n"
    "	decq	144(%rbx)\n"
    "	js	17f\n"
    "	movq	$0, 128(%rbx)\n"
    "	movq	$50000, 136(%rbx)\n"
    "	xorl	%edi, %edi\n"
    "	xorl	%esi, %esi\n"
    "	xorl	%edx, %edx\n"
    "	xorl	%r10d, %r10d\n"
    "	leaq	128(%rbx), %r8\n"
    "	xorl	%r9d, %r9d\n"
    "	movl	$270, %eax\n"
    "	call	*%rbp\n"
    "	jmp	15b\n"
    "16:	movq	$0, 120(%rbx)\n"
    "	movq	$0, 0(%rbx)\n"
    "	jmp	10b\n"
    "17:	movq	$-3, %r15\n"
    "	jmp	6f\n"
    "3:	movl	$1, %r15d\n"
    "	jmp	6f\n"
    /* It could not be opened. */
    "4:	movslq	%eax, %r15\n"
    "	jmp	7f\n"
    /* It could not be written: an error, or less was written. */
    "5:	movq	%rax, %r15\n"
    "	testq	%rax, %rax\n"
    "	js	6f\n"
    "	movq	$-5, %r15\n"
    /* close(fd) */
    "6:	movl	%r12d, %edi\n"
    "	movl	$3, %eax\n"
    "	call	*%rbp\n"
    "7:	movq	%r15, 0(%rbx)\n"
    /* Addresses in the patch, left on a stack, would keep it mapped. */
    "	leaq	152(%rbx), %rdi\n"
    "	leaq	(%r14,%r14), %rcx\n"
    "	xorl	%eax, %eax\n"
    "	rep stosq\n"
    /* pselect6(0, NULL, NULL, NULL, &pause, NULL) */
    "	xorl	%edi, %edi\n"
    "	xorl	%esi, %esi\n"
    "	xorl	%edx, %edx\n"
    "	xorl	%r10d, %r10d\n"
    "	leaq	24(%rbx), %r8\n"
    "	xorl	%r9d, %r9d\n"
    "	movl	$270, %eax\n"
    "	call	*%rbp\n"
    "	ret\n"
    "switch_stub_end:\n"
    "	.size	switch_stub, .-switch_stub\n"
    ".popsection\n");
