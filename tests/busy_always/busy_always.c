// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"
#include "gap.h"

#define SLEEPERS 6
#define SPINNERS 4

static long microseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static NOIPA void spin(long us)
{
	long end = microseconds() + us;

	while (microseconds() < end)
		;
}

/* All threads are in here for nine tenths of the time. */
NOIPA const char *always_busy(int how)
{
	if (how == 1)
		usleep(90000);
	else if (how == 2)
		spin(90);
	return "unpatched";
}

static void *sleeper(void *arg)
{
	for (;;) {
		always_busy(1);
		usleep(10000);
	}
	return arg;
}

static void *spinner(void *arg)
{
	for (;;) {
		always_busy(2);
		spin(10);
	}
	return arg;
}

int main(void)
{
	pthread_t thread;

	gap_begin();
	for (int i = 0; i < SLEEPERS; i++)
		pthread_create(&thread, NULL, sleeper, NULL);
	for (int i = 0; i < SPINNERS; i++)
		pthread_create(&thread, NULL, spinner, NULL);
	while (patient_runs()) {
		puts(always_busy(0));
		sleep(1);
	}
	gap_report();
	return 0;
}
