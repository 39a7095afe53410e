// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include "patient.h"

static volatile sig_atomic_t stay = 1;

static void leave(int sig)
{
	(void)sig;
	stay = 0;
}

static NOIPA void wait_for_the_signal(void)
{
	while (stay)
		sleep(1);
}

/* A thread is in here (waiting) until SIGUSR1. */
NOIPA void busy_function(const char *who)
{
	if (!who) {
		wait_for_the_signal();
		who = "thread";
	}
	printf("unpatched %s\n", who);
}

static void *thread(void *arg)
{
	busy_function(NULL);
	return arg;
}

int main(void)
{
	pthread_t other;

	signal(SIGUSR1, leave);
	pthread_create(&other, NULL, thread, NULL);
	while (patient_runs()) {
		busy_function("main");
		sleep(1);
	}
	stay = 0;
	pthread_join(other, NULL);
	return 0;
}
