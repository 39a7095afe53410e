// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * call: prints "PID", then for each line of its input the ns that a call of
 * answer() takes (the least of 20 loops) and what it returns.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define CALLS 2000000

/* The fix is -DANSWER=2. */
__attribute__((noipa, aligned(64))) int answer(int x)
{
	return x * x + ANSWER - x * x;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double ns_by_call(int *ret)
{
	double start = now_ns();

	for (int i = 0; i < CALLS; i++)
		*ret = answer(i);
	return (now_ns() - start) / CALLS;
}

int main(void)
{
	int value = 0;

	printf("%d\n", getpid());
	fflush(stdout);
	while (getchar() == '\n') {
		double best = 1e9;

		for (int i = 0; i < 20; i++) {
			double ns = ns_by_call(&value);

			if (ns < best)
				best = ns;
		}
		printf("%.2f %d\n", best, value);
		fflush(stdout);
	}
	return 0;
}
