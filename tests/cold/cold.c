// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include "patient.h"

static int failures;

static __attribute__((cold, noinline)) void complain(const char *why)
{
	failures++;
	printf("cold: %s\n", why);
}

NOIPA int hot_changes(int x)
{
	if (__builtin_expect(x < 0, 0)) {
		complain("negative in hot_changes");
		complain("still negative");
		return -1;
	}
	return x + 1;
}

NOIPA int cold_changes(int x)
{
	if (__builtin_expect(x < 0, 0)) {
		complain("negative in cold_changes");
		complain("old cold code");
		return -1;
	}
	return x * 2;
}

int main(void)
{
	for (int i = 1; patient_runs(); i++) {
		printf("hot %d\n", hot_changes(10));
		cold_changes(-i);
		if (i % 2)
			hot_changes(-i);
		sleep(1);
	}
	return 0;
}
