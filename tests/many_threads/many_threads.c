// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include "patient.h"

#define THREADS 40

NOIPA int compute(int x)
{
	volatile int parts[4] = {x, x + 1, x + 2, x + 3};

	return parts[0] + parts[1] + parts[2] + parts[3];
}

static NOIPA void elsewhere(void)
{
	for (volatile int i = 0; i < 3000; i++)
		;
}

static void *worker(void *arg)
{
	unsigned long n = (unsigned long)arg;

	while (!patient_told_to_stop) {
		int got = compute(10);

		if (got != 46 && got != 1046)
			printf("wrong %d\n", got);
		/* Some spin, most of the time elsewhere; some sleep. */
		if (n % 20)
			usleep(n * 1000);
		else
			elsewhere();
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	patient_runs();
	for (unsigned long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, worker, (void *)i);
	while (patient_runs()) {
		printf("%d\n", compute(10));
		sleep(1);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
