// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdatomic.h>
#include "patient.h"

#define THREADS 8

static atomic_long total;
static long each[THREADS];

NOIPA const char *work(int who)
{
	each[who]++;
	atomic_fetch_add(&total, 1);
	return "one";
}

static void *worker(void *arg)
{
	int who = (int)(long)arg;

	while (!patient_told_to_stop) {
		work(who);
		sleep(1);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	long sum = 0;

	patient_runs();
	for (long i = 1; i < THREADS; i++)
		pthread_create(&threads[i], NULL, worker, (void *)i);
	while (patient_runs()) {
		printf("counting by %s\n", work(0));
		sleep(1);
	}
	for (int i = 1; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		sum += each[i];
	if (sum != total)
		printf("wrong: %ld of %ld\n", sum, (long)total);
	return 0;
}
