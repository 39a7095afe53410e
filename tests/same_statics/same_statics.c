// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

static int counter = 100;

int other_report(void);

static NOIPA int step(void)
{
	return counter += 1;
}

NOIPA int report(void)
{
	return step();
}

int main(void)
{
	for (int i = 1; patient_runs(); i++) {
		int a = report(), b = other_report();

		if (a % 10000 - 100 != i || b % 10000 - 200 != i)
			printf("wrong %d %d at %d\n", a, b, i);
		else
			printf("first %s other %s\n", a > 10000 ? "new" : "old",
			       b > 10000 ? "new" : "old");
		sleep(1);
	}
	return 0;
}
