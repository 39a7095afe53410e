// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

int setting = 10;

NOIPA int report(int x)
{
	return x * 3 + setting++ % 5;
}

int main(void)
{
	while (patient_runs()) {
		printf("%d\n", report(1));
		sleep(1);
	}
	return 0;
}
