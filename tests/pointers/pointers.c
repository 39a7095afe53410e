// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

typedef int (*operation)(int);

NOIPA int increment(int x)
{
	return x + x / 1000 + 1;
}

static NOIPA int decrement(int x)
{
	return x - x / 1000 - 1;
}

static operation saved[2];
static operation const table[] = {increment, decrement};

NOIPA const char *compare(void)
{
	if (saved[0] != increment || saved[1] != decrement ||
	    table[0] != saved[0] || table[1] != saved[1])
		return "wrong";
	return "same in old code";
}

int main(void)
{
	saved[0] = increment;
	saved[1] = decrement;
	while (patient_runs()) {
		printf("%d %d %s\n", saved[0](10), table[1](10), compare());
		sleep(1);
	}
	return 0;
}
