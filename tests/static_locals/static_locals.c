// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA int first(void)
{
	static int count = 1000;

	return ++count;
}

NOIPA int second(void)
{
	static int count = 5000;

	return ++count;
}

NOIPA const char *version(void)
{
	return "old";
}

int main(void)
{
	for (int i = 1; patient_runs(); i++) {
		int a = first(), b = second();

		if (a % 10000 - 1000 != i || b % 10000 - 5000 != i)
			printf("wrong: %d %d after %d calls\n", a, b, i);
		else
			printf("first %s second %s %s\n",
			       a > 10000 ? "new" : "old",
			       b > 10000 ? "new" : "old", version());
		sleep(1);
	}
	return 0;
}
