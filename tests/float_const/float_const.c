// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA double area(double r)
{
	return 3.125 * r * r;
}

NOIPA float half(float x)
{
	return 0.5f * x;
}

int main(void)
{
	while (patient_runs()) {
		printf("area %.3f half %.3f\n", area(2.0), (double)half(7.0f));
		sleep(1);
	}
	return 0;
}
