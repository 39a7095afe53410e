// SPDX-License-Identifier: GPL-2.0-or-later
#include <execinfo.h>
#include "patient.h"

static void *called_from; /* the patched function's caller will return there */

/*
 * The runtime that unwinds, libgcc_s, is loaded at the first backtrace().
 * Whether backtrace() sees beyond the function that is patched.
 */
static NOIPA int sees_all(void)
{
	void *frames[64];
	int n = backtrace(frames, 64);

	for (int i = 0; i < n; i++) {
		if (frames[i] == called_from)
			return 1;
	}
	return 0;
}

NOIPA void patched_function(volatile int *depth)
{
	if (*depth > 1)
		printf("backtrace %s\n", sees_all() ? "sees all" : "ends early");
	printf("unpatched\n");
}

static NOIPA void caller(volatile int *depth)
{
	called_from = __builtin_return_address(0);
	patched_function(depth);
	*depth = 1;
}

int main(void)
{
	volatile int depth = 1;

	while (patient_runs()) {
		caller(&depth);
		sleep(1);
	}
	return 0;
}
