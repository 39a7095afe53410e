// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <ucontext.h>
#include "patient.h"

static jmp_buf left_over;
static ucontext_t of_main, of_coroutine;
static void *table[1]; /* an entry, which is no place inside */

static NOIPA int helper(int x)
{
	return x + 1;
}

/* Nobody is in here, but many words in memory say so. */
NOIPA const char *left_function(int x)
{
	if (!_setjmp(left_over))
		x = helper(x);
	return x ? "unpatched" : "no";
}

static void *thread(void *arg)
{
	left_function(1);
	return arg;
}

static void coroutine(void)
{
	for (;;) {
		left_function(1);
		swapcontext(&of_coroutine, &of_main);
	}
}

int main(void)
{
	size_t size = 64 << 10;
	pthread_t threads[4];

	getcontext(&of_coroutine);
	of_coroutine.uc_stack.ss_sp = malloc(size);
	of_coroutine.uc_stack.ss_size = size;
	makecontext(&of_coroutine, coroutine, 0);
	table[0] = (void *)left_function;
	/* Their stacks are kept for others. */
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, thread, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	while (patient_runs()) {
		swapcontext(&of_main, &of_coroutine);
		puts(((const char *(*)(int))table[0])(1));
		sleep(1);
	}
	return 0;
}
