// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <pthread.h>
#include "patient.h"

static const char *how = "nothing";
static int cleaned;

static void clean_up(void *arg)
{
	cleaned += *(volatile int *)arg;
}

static NOIPA void wait_to_be_cancelled(void)
{
	for (;;)
		poll(NULL, 0, 10);
}

/* Has a cleanup of its own, which the patch replaces as well. */
NOIPA void patched_function(volatile int *one)
{
	pthread_cleanup_push(clean_up, (void *)one);
	how = "unpatched";
	wait_to_be_cancelled();
	pthread_cleanup_pop(0);
}

static NOIPA void caller(volatile int *one)
{
	pthread_cleanup_push(clean_up, (void *)one);
	patched_function(one);
	pthread_cleanup_pop(0);
}

static void *thread(void *arg)
{
	volatile int one = 1;

	caller(&one);
	return arg;
}

int main(void)
{
	while (patient_runs()) {
		pthread_t t;
		void *result;

		cleaned = 0;
		pthread_create(&t, NULL, thread, NULL);
		usleep(2000);
		pthread_cancel(t);
		pthread_join(t, &result);
		printf("%s: %d cleanups%s\n", how, cleaned,
		       result == PTHREAD_CANCELED ? ", cancelled" : "");
		usleep(10000);
	}
	return 0;
}
