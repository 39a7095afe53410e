// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include "patient.h"

NOIPA int edited(int x)
{
	return x * 3 + x % 5;
}

NOIPA int asserting(int x)
{
	assert(x > 0);
	return x * 5 + x % 3;
}

int main(void)
{
	while (patient_runs()) {
		printf("%d %d\n", edited(1), asserting(1));
		sleep(1);
	}
	return 0;
}
