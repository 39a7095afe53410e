// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads count their own calls; some end, and new ones begin. */
#include <pthread.h>

#include "patient.h"

NOIPA void count(int thread)
{
	printf("thread %d\n", thread);
}

static void *run(void *arg)
{
	int thread = (int)(long)arg;

	for (int i = 0; thread < 3 || i < 4; i++) {
		if (patient_told_to_stop)
			break;
		count(thread);
		usleep(20000);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	patient_runs();
	for (long i = 1; i <= 2; i++)
		pthread_create(&threads[i], NULL, run, (void *)i);
	while (patient_runs()) {
		pthread_create(&threads[0], NULL, run, (void *)3);
		pthread_join(threads[0], NULL);
	}
	pthread_join(threads[1], NULL);
	pthread_join(threads[2], NULL);
	return 0;
}
