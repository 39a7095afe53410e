// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

void library_speaks(void);

NOIPA void executable_speaks(void)
{
	puts("executable: unpatched");
}

int main(void)
{
	while (patient_runs()) {
		executable_speaks();
		library_speaks();
		sleep(1);
	}
	return 0;
}
