// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

int owned_by_executable = 5;
extern int owned_by_library;

int library_sum(void);

int main(void)
{
	while (patient_runs()) {
		owned_by_library++;
		printf("sum %d\n", library_sum() - owned_by_library);
		sleep(1);
	}
	return 0;
}
