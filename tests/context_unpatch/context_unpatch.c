// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdlib.h>
#include <ucontext.h>
#include "patient.h"

static volatile sig_atomic_t enter, stay = 1;
static jmp_buf of_main, of_coroutine;

static void leave(int sig)
{
	if (sig == SIGUSR1)
		stay = 0;
	else
		enter = 1;
}

/*
 * The coroutine is suspended in here from SIGUSR2 until SIGUSR1, and the only
 * trace of it is mangled.
 */
NOIPA void suspended_function(const char *who)
{
	if (!who) {
		while (stay) {
			if (!_setjmp(of_coroutine))
				_longjmp(of_main, 1);
		}
		who = "coroutine";
	}
	printf("unpatched %s\n", who);
}

static NOIPA void yield(void)
{
	if (!_setjmp(of_coroutine))
		_longjmp(of_main, 1);
}

static void coroutine(void)
{
	while (!enter)
		yield();
	suspended_function(NULL);
	for (;;)
		yield();
}

static NOIPA void resume(void)
{
	if (!_setjmp(of_main))
		_longjmp(of_coroutine, 1);
}

/* ucontext is only what the coroutine begins with. */
static NOIPA void begin(void)
{
	size_t size = 64 << 10;
	static ucontext_t uc;

	getcontext(&uc);
	uc.uc_stack.ss_sp = malloc(size);
	uc.uc_stack.ss_size = size;
	makecontext(&uc, coroutine, 0);
	if (!_setjmp(of_main))
		setcontext(&uc);
}

int main(void)
{
	signal(SIGUSR1, leave);
	signal(SIGUSR2, leave);
	begin();
	while (patient_runs()) {
		suspended_function("main");
		resume();
		if (enter && stay)
			puts("suspended");
		sleep(1);
	}
	return 0;
}
