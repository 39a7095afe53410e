// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

extern int library_data;
int library_value(void);

NOIPA void report(void)
{
	fprintf(stdout, "data %d %d\n", library_data, library_value());
}

int main(void)
{
	while (patient_runs()) {
		library_data = 10;
		report();
		sleep(1);
	}
	return 0;
}
