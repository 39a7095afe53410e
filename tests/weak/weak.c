// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

extern int nowhere(int) __attribute__((weak));
extern int somewhere(int) __attribute__((weak));

int somewhere(int x)
{
	return x + 5;
}

NOIPA int report(int x)
{
	return nowhere ? nowhere(x) : somewhere(x);
}

int main(void)
{
	while (patient_runs()) {
		printf("%d\n", report(1));
		sleep(1);
	}
	return 0;
}
