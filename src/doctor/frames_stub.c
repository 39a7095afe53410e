// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * int _dl_find_object(void *pc, struct dl_find_object *result), see frames.h.
 * Runs in the patient, one page behind its table; nothing else is referred to.
 * A word that is cleared meanwhile is harmless: what it pointed to stays
 * mapped as long as a register points there.
 */
#include "doctor/frames.h"

_Static_assert(FRAMES_WORDS == 62, "in frames_stub");

asm(".pushsection .rodata\n"
    "	.balign	16\n"
    "	.globl	frames_stub, frames_stub_end\n"
    "	.type	frames_stub, @object\n"
    "frames_stub:\n"
    "	endbr64\n"
    "	leaq	frames_stub-4096+8(%rip), %rdx\n"
    "	xorl	%ecx, %ecx\n"
    "1:	movq	(%rdx,%rcx,8), %rax\n"
    "	testq	%rax, %rax\n"
    "	jz	2f\n"
    "	cmpq	(%rax), %rdi\n" /* lo */
    "	jb	2f\n"
    "	cmpq	8(%rax), %rdi\n" /* hi */
    "	jb	3f\n"
    "2:	incl	%ecx\n"
    "	cmpl	$62, %ecx\n"
    "	jne	1b\n"
    "	jmp	*frames_stub-4096(%rip)\n"
    /* dlfo_flags, map_start, map_end, link_map, eh_frame */
    "3:	movq	$0, (%rsi)\n"
    "	movq	16(%rax), %rdx\n"
    "	movq	%rdx, 8(%rsi)\n"
    "	movq	24(%rax), %rdx\n"
    "	movq	%rdx, 16(%rsi)\n"
    "	movq	32(%rax), %rdx\n"
    "	movq	%rdx, 24(%rsi)\n"
    "	movq	40(%rax), %rdx\n"
    "	movq	%rdx, 32(%rsi)\n"
    "	xorl	%eax, %eax\n"
    "	ret\n"
    "frames_stub_end:\n"
    "	.size	frames_stub, .-frames_stub\n"
    ".popsection\n");
