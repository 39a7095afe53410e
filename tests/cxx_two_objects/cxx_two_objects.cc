// SPDX-License-Identifier: GPL-2.0-or-later
#include <exception>
#include "patient.h"

typedef int action(int);

extern "C" int in_library(action *act, int n, int *destroyed);

struct own : std::exception {
	int value;

	explicit own(int v) : value(v) {}
};

static NOIPA int thrower(int n)
{
	if (n > 1)
		throw own(n);
	return n;
}

/* Called by the library, and passes on what is thrown. */
NOIPA int in_program(int n)
{
	return thrower(n) + thrower(n);
}

static NOIPA int run(int n, int *destroyed)
{
	try {
		return in_library(in_program, n, destroyed);
	} catch (const own &o) {
		return 100 + o.value;
	}
}

int main()
{
	while (patient_runs()) {
		int destroyed = 0, a = run(1, &destroyed),
		    b = run(2, &destroyed);

		printf("%d %d, %d destroyed\n", a, b, destroyed);
		sleep(1);
	}
	return 0;
}
