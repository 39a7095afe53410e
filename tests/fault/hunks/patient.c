// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * patient SPINNERS SLEEPERS: a thousand small functions, one behind the other;
 * the fix, -DANSWER=2, is in those whose number's last digit is less than
 * -DHUNKS=0..10. Threads call them all the time. Says after each round what
 * was seen in it: "old", "new", or both as "some N" with the number that are
 * new; "wrong" for anything else.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifndef HUNKS
#define HUNKS 0
#define ANSWER 1
#endif

/* Of three sizes: so that places are anywhere in a page. */
#define LONG(n) ((n) % 3 == 1 ? x * 3 + (x ^ 7) / (x | 1) : 0)
#define F(n)                                                                   \
	__attribute__((noinline)) int f##n(int x)                              \
	{                                                                      \
		return x * x + ((1##n - 1000) % 10 < HUNKS ? ANSWER : 1) +     \
		       LONG(1##n) - LONG(1##n) - x * x;                        \
	}
#define F10(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) \
	F(n##8) F(n##9)
#define F100(n) F10(n##0) F10(n##1) F10(n##2) F10(n##3) F10(n##4) F10(n##5)    \
	F10(n##6) F10(n##7) F10(n##8) F10(n##9)
F100(0) F100(1) F100(2) F100(3) F100(4)
F100(5) F100(6) F100(7) F100(8) F100(9)

#undef F
#define F(n) f##n,
static int (*const functions[])(int x) = {
F100(0) F100(1) F100(2) F100(3) F100(4)
F100(5) F100(6) F100(7) F100(8) F100(9)
};
enum { FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

static volatile int x = 5;

static void *spin(void *arg)
{
	unsigned long round = 0;
	long number = (long)arg;

	for (;; round++) {
		int new = 0, old = 0;

		for (int i = 0; i < FUNCTIONS; i++) {
			int r = functions[i](x);

			new += r == 2;
			old += r == 1;
		}
		if (old + new != FUNCTIONS)
			puts("wrong");
		if (number || round % 64)
			continue;
		if (new && old)
			printf("some %d\n", new);
		else
			puts(new ? "new" : "old");
		usleep(1000);
	}
	return NULL;
}

static void *wait_for_nothing(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t;

	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (long i = 1; i < atol(argv[1]); i++)
		pthread_create(&t, NULL, spin, (void *)i);
	for (long i = 0; i < atol(argv[2]); i++)
		pthread_create(&t, NULL, wait_for_nothing, NULL);
	spin(NULL);
}
