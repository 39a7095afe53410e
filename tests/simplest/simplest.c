// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA void i_m_being_patched(void)
{
	printf("i'm unpatched!\n");
}

int main(void)
{
	while (patient_runs()) {
		i_m_being_patched();
		sleep(1);
	}
	return 0;
}
