// SPDX-License-Identifier: GPL-2.0-or-later
/* A thread is within change() until SIGUSR1 comes. */
#include <pthread.h>

#include "patient.h"

volatile sig_atomic_t may_leave;
volatile int half[2] = {1, 1};

static void leave(int sig)
{
	may_leave = sig;
}

NOIPA void report(void)
{
	puts("old");
}

NOIPA void change(void)
{
	half[0]++;
	while (!may_leave)
		usleep(1000);
	half[1]++;
}

static void *worker(void *arg)
{
	change();
	return arg;
}

int main(void)
{
	pthread_t thread;

	signal(SIGUSR1, leave);
	patient_runs();
	pthread_create(&thread, NULL, worker, NULL);
	while (patient_runs()) {
		report();
		sleep(1);
	}
	may_leave = 1;
	pthread_join(thread, NULL);
	return 0;
}
