// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pthread.h>
#include "patient.h"

int library_touch(void);
int library_value(void);
extern __thread long exported;

static void *thread(void *arg)
{
	int expected = library_value();

	while (!patient_told_to_stop) {
		int got;

		errno = 0;
		got = library_touch();
		expected = got == expected + 1 || got == expected + 2 ? got : -1;
		if (library_value() != expected || exported % 7)
			puts("wrong value");
		else
			printf("%s: %s\n", (char *)arg,
			       exported && errno == EDOM ? "new" : "old");
		sleep(1);
	}
	return NULL;
}

int main(void)
{
	pthread_t other;

	patient_runs();
	pthread_create(&other, NULL, thread, "other");
	thread("main");
	pthread_join(other, NULL);
	return 0;
}
