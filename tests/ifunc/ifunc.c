// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include "patient.h"

static int implementation(int x)
{
	return 3 * x;
}

static int (*resolve(void))(int)
{
	return implementation;
}

int triple(int x) __attribute__((ifunc("resolve")));

NOIPA void report(const char *text, volatile size_t n)
{
	printf("%d %zu\n", triple(3), n + (text[0] == 'x'));
}

int main(void)
{
	while (patient_runs()) {
		report("some text", 1);
		sleep(1);
	}
	return 0;
}
