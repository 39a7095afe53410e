// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA void do_nothing(void)
{
}

NOIPA int next(int x)
{
	return x * 7 + x % 11;
}

int main(void)
{
	while (patient_runs()) {
		do_nothing();
		printf("%d\n", next(1));
		sleep(1);
	}
	return 0;
}
