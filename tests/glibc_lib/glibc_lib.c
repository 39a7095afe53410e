// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

void library_report(void);

int main(void)
{
	while (patient_runs()) {
		library_report();
		sleep(1);
	}
	return 0;
}
