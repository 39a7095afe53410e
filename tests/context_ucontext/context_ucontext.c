// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <ucontext.h>
#include "patient.h"

static volatile sig_atomic_t stay = 1;
static ucontext_t of_main, of_coroutine;

static void leave(int sig)
{
	(void)sig;
	stay = 0;
}

static NOIPA void yield(void)
{
	swapcontext(&of_coroutine, &of_main);
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

int main(void)
{
	size_t size = 64 << 10;

	signal(SIGUSR1, leave);
	getcontext(&of_coroutine);
	of_coroutine.uc_stack.ss_sp = malloc(size);
	of_coroutine.uc_stack.ss_size = size;
	makecontext(&of_coroutine, coroutine, 0);
	while (patient_runs()) {
		suspended_function("main");
		swapcontext(&of_main, &of_coroutine);
		sleep(1);
	}
	return 0;
}
