// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

int global_counter = 1000;
static int static_counter = 2000;
static long zeroed[4];

NOIPA void count(void)
{
	global_counter++;
	static_counter++;
	zeroed[1]++;
}

/* All three have grown by the same, or somebody wrote elsewhere. */
NOIPA void report(const char *who)
{
	int grown = global_counter - 1000;

	if (static_counter - 2000 != grown || zeroed[1] != grown || zeroed[2])
		printf("wrong: %d %d %ld\n", global_counter, static_counter,
		       zeroed[1]);
	else
		printf("counted by %s\n", who);
}

NOIPA const char *counter(void)
{
	count();
	return "the old";
}

int main(void)
{
	while (patient_runs()) {
		report(counter());
		sleep(1);
	}
	return 0;
}
