// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include "patient.h"

#define STACK_SIZE ((size_t)64 << 10)

static volatile sig_atomic_t stage;
static ucontext_t of_main, of_handler, of_coroutine;
static void *stacks[2]; /* in the heap: the coroutine's and the handler's */

static void next_stage(int sig)
{
	(void)sig;
	stage++;
}

static void say(const char *line, size_t len)
{
	(void)!write(STDOUT_FILENO, line, len);
}

/* Stays, is suspended, and returns to what it has interrupted. */
static void handler(int sig)
{
	(void)sig;
	while (stage == 0 && !patient_told_to_stop) {
		say("in the handler\n", 15);
		sleep(1);
	}
	while (stage == 1)
		swapcontext(&of_handler, &of_main);
}

/* The signal comes while a coroutine is in here. */
NOIPA const char *interrupted(int x)
{
	int sum = 0;

	if (x == 10)
		raise(SIGUSR2);
	for (int i = 0; i < x; i++)
		sum += i * x;
	return sum > 0 ? "unpatched" : "no";
}

static void coroutine(void)
{
	printf("%s coroutine\n", interrupted(10));
}

static void begin(void)
{
	for (int i = 0; i < 2; i++) {
		stacks[i] = malloc(STACK_SIZE);
		if (!stacks[i])
			abort();
	}
	stack_t stack = {.ss_sp = stacks[1], .ss_size = STACK_SIZE};
	struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	signal(SIGUSR1, next_stage);
	getcontext(&of_coroutine);
	of_coroutine.uc_stack.ss_sp = stacks[0];
	of_coroutine.uc_stack.ss_size = STACK_SIZE;
	of_coroutine.uc_link = &of_main;
	makecontext(&of_coroutine, coroutine, 0);
	swapcontext(&of_main, &of_coroutine);
}

/*
 * A ucontext_t, and the frame of a signal, look as if they were suspended as
 * long as they are in memory.
 */
static void finish(void)
{
	swapcontext(&of_main, &of_handler);
	memset(&of_handler, 0, sizeof(of_handler));
	for (int i = 0; i < 2; i++)
		memset(stacks[i], 0, STACK_SIZE);
}

/* Has a stack on which the doctor's system calls can be made. */
static void *idle(void *arg)
{
	while (!patient_told_to_stop)
		sleep(10);
	return arg;
}

int main(void)
{
	int resumed = 0;
	pthread_t other;

	patient_runs();
	pthread_create(&other, NULL, idle, NULL);
	begin();
	while (patient_runs()) {
		if (stage > 1 && !resumed++)
			finish();
		printf("%s main\n", interrupted(8));
		sleep(1);
	}
	pthread_join(other, NULL);
	return 0;
}
