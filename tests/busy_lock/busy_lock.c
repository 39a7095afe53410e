// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"
#include "gap.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Waits in here for a lock that others have when they are outside. */
NOIPA const char *with_lock(int wait)
{
	if (wait) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
	return "unpatched";
}

static void *inside(void *arg)
{
	for (;;)
		with_lock(1);
	return arg;
}

/* Has the lock for most of the time. */
static void *outside(void *arg)
{
	for (;;) {
		pthread_mutex_lock(&lock);
		usleep(100000);
		pthread_mutex_unlock(&lock);
		usleep(20000);
		with_lock(0);
	}
	return arg;
}

int main(void)
{
	pthread_t thread;

	gap_begin();
	for (int i = 0; i < 4; i++)
		pthread_create(&thread, NULL, inside, NULL);
	pthread_create(&thread, NULL, outside, NULL);
	while (patient_runs()) {
		puts(with_lock(0));
		sleep(1);
	}
	gap_report();
	return 0;
}
