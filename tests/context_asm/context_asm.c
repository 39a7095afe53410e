// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include "patient.h"

static volatile sig_atomic_t stay = 1;
static void *sp_of_main, *sp_of_coroutine;

/* Saves what a call preserves, and changes stacks. */
void switch_stack(void **save, void *to);
asm(".text\n"
    ".type switch_stack, @function\n"
    "switch_stack:\n"
    "	push %rbp\n"
    "	push %rbx\n"
    "	push %r12\n"
    "	push %r13\n"
    "	push %r14\n"
    "	push %r15\n"
    "	mov %rsp, (%rdi)\n"
    "	mov %rsi, %rsp\n"
    "	pop %r15\n"
    "	pop %r14\n"
    "	pop %r13\n"
    "	pop %r12\n"
    "	pop %rbx\n"
    "	pop %rbp\n"
    "	ret\n"
    ".size switch_stack, .-switch_stack\n");

static void leave(int sig)
{
	(void)sig;
	stay = 0;
}

static NOIPA void yield(void)
{
	switch_stack(&sp_of_coroutine, sp_of_main);
}

/* The coroutine is suspended in here until SIGUSR1. */
NOIPA void suspended_function(const char *who)
{
	if (!who) {
		while (stay)
			yield();
		who = "coroutine";
	}
	printf("unpatched %s\n", who);
}

static void coroutine(void)
{
	suspended_function(NULL);
	for (;;)
		yield();
}

static void begin(void)
{
	size_t size = 64 << 10;
	void **sp = (void **)((char *)aligned_alloc(64, size) + size);

	*--sp = NULL; /* what coroutine() would return to */
	*--sp = NULL;
	*--sp = (void *)coroutine;
	for (int i = 0; i < 6; i++)
		*--sp = NULL;
	sp_of_coroutine = sp;
}

int main(void)
{
	signal(SIGUSR1, leave);
	begin();
	while (patient_runs()) {
		suspended_function("main");
		switch_stack(&sp_of_main, sp_of_coroutine);
		sleep(1);
	}
	return 0;
}
