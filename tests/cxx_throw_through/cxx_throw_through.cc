// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdexcept>
#include "patient.h"

static NOIPA void thrower(int n)
{
	if (n)
		throw std::runtime_error("thrown");
}

/* Has a frame, registers to be restored, and nothing to do for a throw. */
NOIPA int middle(int (*get)(int), volatile int *n)
{
	int a = get(*n), b = get(a), c = get(b), d = get(c);

	thrower(*n);
	return a + b * 2 + c * 3 + d * 4 + get(a);
}

static NOIPA int same(int n)
{
	return n;
}

static NOIPA int caller(volatile int *n)
{
	int kept = same(7), kept_too = same(8);

	try {
		return middle(same, n);
	} catch (const std::exception &e) {
		printf("%s, %d %d\n", e.what(), kept, kept_too);
		return 0;
	}
}

int main()
{
	volatile int n;

	while (patient_runs()) {
		n = 0;
		printf("%d\n", caller(&n));
		n = 1;
		caller(&n);
		sleep(1);
	}
	return 0;
}
