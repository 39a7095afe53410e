// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

/* A tiny interpreter: + adds 1, * doubles, . ends. */
NOIPA int run(const char *program)
{
	static const void *const labels[] = {&&add, &&twice, &&end};
	int value = 1;

#define NEXT() goto *labels[*program == '+' ? 0 : *program++ == '*' ? 1 : 2]
	NEXT();
add:
	program++;
	value += 1;
	NEXT();
twice:
	value *= 2;
	NEXT();
end:
	return value;
}

NOIPA int untouched(unsigned int n)
{
	static const void *const labels[] = {&&zero, &&one, &&two};

	goto *labels[n % 3];
zero:
	return 10;
one:
	return 11;
two:
	return 12;
}

int main(void)
{
	while (patient_runs()) {
		printf("value %d, untouched %d\n", run("++*+*."),
		       untouched(0) + untouched(1) + untouched(5));
		sleep(1);
	}
	return 0;
}
