// SPDX-License-Identifier: GPL-2.0-or-later
/* Registers, flags and the red zone over a loop that makes no system call. */
#include <errno.h>
#include <string.h>

#include "checks.h"

struct registers {
	uint64_t gpr[15];    /* all but rsp */
	uint64_t red[15];    /* -128(%rsp) to -16(%rsp) */
	uint64_t carry;	     /* 0 or 1 */
	uint64_t avx;	     /* whether the upper halves are used */
	uint8_t vector[16][32];
};

void hold_registers(const struct registers *in, struct registers *out,
		    uint64_t loops);

/*
 * Offsets: gpr 0, red 120, carry 240, avx 248, vector 256. The counter is in
 * the red zone as well. dec leaves the carry flag alone.
 */
__asm__(".text\n"
	".type hold_registers, @function\n"
	"hold_registers:\n"
	"	push %rbx\n"
	"	push %rbp\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	push %rsi\n"
	"	sub $16, %rsp\n" /* 0: rax, 8: the carry flag */
	"	mov %rdx, -8(%rsp)\n"
	".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14\n"
	"	mov 120+8*\\n(%rdi), %rax\n"
	"	mov %rax, -128+8*\\n(%rsp)\n"
	".endr\n"
	"	cmpl $0, 248(%rdi)\n"
	"	je 1f\n"
	".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	vmovdqu 256+32*\\n(%rdi), %ymm\\n\n"
	".endr\n"
	"	jmp 2f\n"
	"1:\n"
	".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	movdqu 256+32*\\n(%rdi), %xmm\\n\n"
	".endr\n"
	"2:\n"
	"	mov 0(%rdi), %rax\n"
	"	mov 8(%rdi), %rbx\n"
	"	mov 16(%rdi), %rcx\n"
	"	mov 24(%rdi), %rdx\n"
	"	mov 32(%rdi), %rsi\n"
	"	mov 48(%rdi), %rbp\n"
	"	mov 56(%rdi), %r8\n"
	"	mov 64(%rdi), %r9\n"
	"	mov 72(%rdi), %r10\n"
	"	mov 80(%rdi), %r11\n"
	"	mov 88(%rdi), %r12\n"
	"	mov 96(%rdi), %r13\n"
	"	mov 104(%rdi), %r14\n"
	"	mov 112(%rdi), %r15\n"
	"	btl $0, 240(%rdi)\n"
	"	mov 40(%rdi), %rdi\n"
	"3:	decq -8(%rsp)\n"
	"	jnz 3b\n"
	"	mov %rax, 0(%rsp)\n"
	"	setc 8(%rsp)\n"
	"	mov 16(%rsp), %rax\n"
	"	mov %rbx, 8(%rax)\n"
	"	mov %rcx, 16(%rax)\n"
	"	mov %rdx, 24(%rax)\n"
	"	mov %rsi, 32(%rax)\n"
	"	mov %rdi, 40(%rax)\n"
	"	mov %rbp, 48(%rax)\n"
	"	mov %r8, 56(%rax)\n"
	"	mov %r9, 64(%rax)\n"
	"	mov %r10, 72(%rax)\n"
	"	mov %r11, 80(%rax)\n"
	"	mov %r12, 88(%rax)\n"
	"	mov %r13, 96(%rax)\n"
	"	mov %r14, 104(%rax)\n"
	"	mov %r15, 112(%rax)\n"
	"	mov 0(%rsp), %rcx\n"
	"	mov %rcx, 0(%rax)\n"
	"	movzbl 8(%rsp), %ecx\n"
	"	mov %rcx, 240(%rax)\n"
	".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14\n"
	"	mov -128+8*\\n(%rsp), %rcx\n"
	"	mov %rcx, 120+8*\\n(%rax)\n"
	".endr\n"
	"	cmpl $0, 248(%rax)\n"
	"	je 4f\n"
	".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	vmovdqu %ymm\\n, 256+32*\\n(%rax)\n"
	".endr\n"
	"	vzeroupper\n"
	"	jmp 5f\n"
	"4:\n"
	".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	movdqu %xmm\\n, 256+32*\\n(%rax)\n"
	".endr\n"
	"5:	add $24, %rsp\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbp\n"
	"	pop %rbx\n"
	"	ret\n"
	".size hold_registers, . - hold_registers\n");

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed ^ *seed >> 29;
}

static void check_equal(struct self *s, const struct registers *in,
			const struct registers *out)
{
	for (int i = 0; i < 15; i++) {
		if (out->gpr[i] != in->gpr[i])
			wrong(s, "register %d is %#llx, was %#llx", i,
			      (unsigned long long)out->gpr[i],
			      (unsigned long long)in->gpr[i]);
		if (out->red[i] != in->red[i])
			wrong(s, "red zone at %d is %#llx, was %#llx",
			      -128 + 8 * i, (unsigned long long)out->red[i],
			      (unsigned long long)in->red[i]);
	}
	if (out->carry != in->carry)
		wrong(s, "the carry flag is %d", (int)out->carry);
	if (memcmp(in->vector, out->vector, sizeof(in->vector)))
		wrong(s, "a vector register has changed");
}

void check_registers(struct self *s, uint64_t loops)
{
	struct registers in, out;

	memset(&in, 0, sizeof(in));
	for (int i = 0; i < 15; i++) {
		in.gpr[i] = next(&s->seed);
		in.red[i] = next(&s->seed);
	}
	in.carry = next(&s->seed) & 1;
	in.avx = __builtin_cpu_supports("avx") != 0;
	for (int i = 0; i < 16; i++) {
		uint64_t w[4] = {next(&s->seed), next(&s->seed), 0, 0};

		if (in.avx)
			w[2] = w[3] = next(&s->seed);
		memcpy(in.vector[i], w, sizeof(w));
	}
	out = in;
	memset(out.vector, 0, in.avx ? sizeof(out.vector) : 0);
	errno = 77;
	hold_registers(&in, &out, loops);
	if (errno != 77)
		wrong(s, "errno is %d", errno);
	check_equal(s, &in, &out);
}
