// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

struct limits {
	int connections, bytes;
} limits = {100, 4096};

NOIPA void report(void)
{
	printf("limits %d %d\n", limits.connections, limits.bytes);
}

int main(void)
{
	while (patient_runs()) {
		report();
		sleep(1);
	}
	return 0;
}
