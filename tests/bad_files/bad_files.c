// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA void report(void)
{
	puts("unpatched");
}

int main(void)
{
	while (patient_runs()) {
		report();
		sleep(1);
	}
	return 0;
}
