// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include "patient.h"

#define CREATORS 3

static atomic_int cleaned;
static atomic_long ended, cancelled;

/* No nanosleep(), which tests/fastsleep.c makes faster. */
static NOIPA void wait_ms(int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000,
			      .tv_nsec = ms % 1000 * 1000000L};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

static NOIPA void clean(atomic_int **count)
{
	++**count;
}

/*
 * Threads are in here for a moment, and return or are cancelled: libgcc then
 * leaves a stack pointer and the place of the cleanup on their stacks.
 */
NOIPA const char *left_function(int ms, atomic_int *count)
{
	atomic_int *guard __attribute__((cleanup(clean))) = count;

	if (ms)
		wait_ms(ms);
	return guard ? "unpatched" : "no";
}

static void *thread(void *arg)
{
	long n = (long)arg;

	left_function(n % 2 ? 1000 : 0, &cleaned);
	/* Outside, so that it is found alive, and to have ended in the stop. */
	wait_ms((int)(n % 5));
	return arg;
}

/* Few are inside at any time, or nothing could be patched. */
static void *creator(void *arg)
{
	for (long n = 2 * (long)arg; !patient_told_to_stop; n++) {
		pthread_t t;
		void *result;

		if (pthread_create(&t, NULL, thread, (void *)n))
			abort();
		if (n % 2) {
			wait_ms(1);
			pthread_cancel(t);
		}
		pthread_join(t, &result);
		cancelled += result == PTHREAD_CANCELED;
		ended++;
		wait_ms(5);
	}
	return arg;
}

int main(void)
{
	pthread_t t[CREATORS];

	patient_runs();
	for (long i = 0; i < CREATORS; i++)
		pthread_create(&t[i], NULL, creator, (void *)i);
	while (patient_runs()) {
		puts(left_function(0, &cleaned));
		sleep(1);
	}
	for (int i = 0; i < CREATORS; i++)
		pthread_join(t[i], NULL);
	/* The exit code says whether there was anything to be seen. */
	return ended > 100 && cancelled > 50 ? 0 : 1;
}
