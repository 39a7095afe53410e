// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include "patient.h"

static volatile sig_atomic_t stay = 1;

static void leave(int sig)
{
	(void)sig;
	stay = 0;
}

/* The other thread never calls anything from here. */
NOIPA int spinning_function(int x)
{
	while (x < 0 && stay)
		;
	return x * 3;
}

static void *thread(void *arg)
{
	spinning_function(-1);
	return arg;
}

int main(void)
{
	pthread_t other;

	signal(SIGUSR1, leave);
	pthread_create(&other, NULL, thread, NULL);
	while (patient_runs()) {
		printf("%d\n", spinning_function(1));
		sleep(1);
	}
	stay = 0;
	pthread_join(other, NULL);
	return 0;
}
