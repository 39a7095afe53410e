// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

int library_report(void);

/* The library defines it as well; ours comes first. */
int hook(int x);

int hook(int x)
{
	return x + 1000;
}

int main(void)
{
	while (patient_runs()) {
		printf("%d\n", library_report());
		sleep(1);
	}
	return 0;
}
