// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA void do_nothing(void)
{
}

NOIPA int one(void)
{
	return 1;
}

NOIPA int identity(int x)
{
	return x;
}

NOIPA int last(int x)
{
	return x * 7 + x % 11;
}

int main(void)
{
	while (patient_runs()) {
		do_nothing();
		printf("%d %d %d\n", one(), identity(5), last(1));
		sleep(1);
	}
	return 0;
}
