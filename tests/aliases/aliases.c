// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA int original(int x)
{
	return x * 2 + x / 1000;
}

int strong_alias(int x) __attribute__((alias("original")));
int weak_alias(int x) __attribute__((weak, alias("original")));

NOIPA int caller(int x)
{
	return weak_alias(x) + strong_alias(x) + original(x);
}

int main(void)
{
	while (patient_runs()) {
		printf("%d %d %d %d\n", original(1), strong_alias(10),
		       weak_alias(100), caller(1));
		sleep(1);
	}
	return 0;
}
