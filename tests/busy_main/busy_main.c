// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

int main(void)
{
	while (patient_runs()) {
		puts("unpatched");
		sleep(1);
	}
	return 0;
}
