// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What test_unwind.c looks at; compiled by it, in several ways.
 * `patient_unwind step` runs through a variety of code, and then exits.
 * `patient_unwind WHERE` recurses 30 times, gets to WHERE, and prints a line.
 */
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static volatile int sink;

/* ---- WHERE ---- */

static void announce(void)
{
	puts("ready");
	fflush(stdout);
}

NOINLINE void at_futex(void)
{
	static int word;

	announce();
	syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

NOINLINE void at_nanosleep(void)
{
	announce();
	nanosleep(&(struct timespec){1000, 0}, NULL);
}

NOINLINE void at_poll(void)
{
	announce();
	poll(NULL, 0, -1);
}

NOINLINE void at_leaf(void)
{
	announce();
	for (;;)
		sink++;
}

NOINLINE void in_handler(int signal)
{
	sink = signal;
	announce();
	for (;;)
		pause();
}

NOINLINE void at_handler(void)
{
	signal(SIGUSR1, in_handler);
	raise(SIGUSR1);
}

NOINLINE void at_altstack(void)
{
	static char stack[65536];

	sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)}, NULL);
	sigaction(SIGUSR1,
		  &(struct sigaction){.sa_handler = in_handler,
				      .sa_flags = SA_ONSTACK},
		  NULL);
	raise(SIGUSR1);
}

/* A fault within a function, not behind a call. */
NOINLINE void at_fault(void)
{
	signal(SIGSEGV, in_handler);
	*(volatile int *)8 = 1;
}

static const struct {
	const char *name;
	void (*fn)(void);
} places[] = {
	{"futex", at_futex},     {"nanosleep", at_nanosleep},
	{"poll", at_poll},       {"leaf", at_leaf},
	{"handler", at_handler}, {"altstack", at_altstack},
	{"fault", at_fault},
};

NOINLINE int recurse(int depth, void (*fn)(void))
{
	volatile char bytes[112];
	int r = 0;

	bytes[0] = (char)depth;
	if (depth)
		r = recurse(depth - 1, fn);
	else
		fn();
	return r + bytes[0];
}

static void *in_thread(void *fn)
{
	sink = recurse(29, *(void (**)(void))fn);
	return NULL;
}

/* ---- step ---- */

NOINLINE int leaf(int a, int b)
{
	return a * b + 1;
}

NOINLINE int with_frame(int n)
{
	char *bytes = __builtin_alloca((size_t)n);

	memset(bytes, n, (size_t)n);
	return bytes[n / 2] + leaf(n, n);
}

NOINLINE int tail(int a)
{
	return leaf(a, a + 1);
}

NOINLINE double floating(double a, const char *s)
{
	return a * strtod(s, NULL);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void handle(int signal)
{
	sink = leaf(signal, sink);
}

static void quick(int n)
{
	if (n < 2)
		quick((n + 2) * leaf(1, 0));
	else
		sink = n;
}

static void step(void)
{
	int numbers[] = {5, 3, 9, 1, 7};
	char text[64];
	struct timespec ts;
	int (*volatile indirect)(int) = with_frame;

	asm volatile("int3");
	sink = leaf(2, 3) + with_frame(40) + tail(5) + indirect(17);
	sink += recurse(30, (void (*)(void))announce);
	qsort(numbers, 5, sizeof(int), compare);
	snprintf(text, sizeof(text), "%d %s %.3f", numbers[0], "word",
		 floating(1.5, "2.25"));
	clock_gettime(CLOCK_MONOTONIC, &ts); /* vDSO */
	sink += (int)time(NULL) + (int)strlen(text) + atoi(text);
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
	free(malloc(100000));
	quick(0);
	fflush(stdout);
	asm volatile("int3");
}

int main(int argc, char **argv)
{
	const char *where = argc > 1 ? argv[1] : "";
	pthread_t t;

	if (!strcmp(where, "step")) {
		step();
		return 0;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		void (*fn)(void) = places[i].fn;

		if (strcmp(places[i].name, where))
			continue;
		if (argc < 3)
			return recurse(29, fn);
		pthread_create(&t, NULL, in_thread, &fn);
		pthread_join(t, NULL);
	}
	return 2;
}
