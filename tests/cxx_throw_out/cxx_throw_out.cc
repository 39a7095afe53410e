// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

/* The patch throws another value, and another type. */
NOIPA int thrower(int n)
{
	if (n > 1)
		throw n;
	return n;
}

static NOIPA int call(int n)
{
	try {
		return thrower(n);
	} catch (int caught) {
		return 100 + caught;
	} catch (const char *text) {
		printf("caught %s\n", text);
		return 0;
	}
}

int main()
{
	while (patient_runs()) {
		int plain = call(1), thrown = call(2);

		printf("%d %d\n", plain, thrown);
		call(3);
		sleep(1);
	}
	return 0;
}
