// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

typedef int action(int);

struct counted {
	int *n;
	~counted() { ++*n; }
};

extern "C" __attribute__((visibility("default"))) NOIPA
int in_library(action *act, int n, int *destroyed)
{
	counted c{destroyed};

	return act(n) + 1;
}
