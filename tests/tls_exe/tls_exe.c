// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pthread.h>
#include "patient.h"

static __thread int mine = 100;
__thread long zeroed;

NOIPA int touch(void)
{
	mine++;
	return mine;
}

NOIPA void check(int expected, const char *who)
{
	if (mine != expected || zeroed % 7)
		printf("wrong: mine %d, expected %d, zeroed %ld\n", mine,
		       expected, zeroed);
	else
		printf("%s: %s\n", who, zeroed || errno == EDOM ? "new" : "old");
}

static void *thread(void *arg)
{
	int expected = mine;

	while (!patient_told_to_stop) {
		int got = touch();

		expected = got == expected + 1 || got == expected + 2 ? got : -1;
		check(expected, arg);
		zeroed = 0;
		errno = 0;
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
