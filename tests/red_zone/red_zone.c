// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include "patient.h"

int inside = 3;

/* A leaf whose array is in the red zone, used after the access to a global. */
NOIPA long leaf(long a, long b)
{
	volatile long local[8];

	for (int i = 0; i < 8; i++)
		local[i] = a * i + b;
	inside++;
	return local[0] + local[3] + local[7];
}

int main(void)
{
	while (patient_runs()) {
		printf("leaf %ld\n", leaf(10, 1));
		sleep(1);
	}
	return 0;
}
