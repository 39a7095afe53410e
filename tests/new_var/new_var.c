// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

int old_variable = 7;

NOIPA void report(void)
{
	printf("old %d\n", old_variable);
}

int main(void)
{
	while (patient_runs()) {
		report();
		sleep(1);
	}
	return 0;
}
