// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdlib>
#include <exception>
#include "patient.h"

static int undone;

struct guard {
	int weight;

	explicit guard(int w) : weight(w) {}
	NOIPA ~guard() { undone += weight; }
};

static NOIPA void thrower(int n)
{
	if (n)
		throw n;
}

/* Destructors are to run on the way out: in order, and once. */
NOIPA int guarded(int n)
{
	guard a(1);
	thrower(n == 1);
	guard b(10);
	thrower(n == 2);
	return undone;
}

/* No exception leaves it: the program's handler is called instead. */
NOIPA int never_throws(int n) noexcept
{
	thrower(n);
	return n + 1;
}

static void on_terminate()
{
	printf("terminate\n");
	_exit(0);
}

static NOIPA int run(int n)
{
	undone = 0;
	try {
		guarded(n);
	} catch (int) {
		return undone + 1000;
	}
	return undone;
}

int main()
{
	std::set_terminate(on_terminate);
	while (patient_runs()) {
		printf("%d %d %d %d\n", run(0), run(1), run(2),
		       never_throws(0));
		sleep(1);
	}
	never_throws(1);
	printf("left a noexcept function\n");
	return 1;
}
