// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

int limit = 3;
static volatile int first = 1;

NOIPA void ignored(void)
{
	puts("ignored: old");
}

NOIPA int forced(int n)
{
	return n * first;
}

NOIPA void report(void)
{
	printf("report: old, limit %d, forced %d\n", limit, forced(5));
}

int main(void)
{
	while (patient_runs()) {
		ignored();
		report();
		sleep(1);
	}
	return 0;
}
