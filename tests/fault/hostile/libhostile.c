// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "patient.h"

static __thread int local = 3;
int hostile_lib_shared = 4;

NOIPA int hostile_lib_called(int x)
{
	return x ^ 21;
}

NOIPA int hostile_lib_replaced(int x)
{
	if (x > 100)
		return abs(hostile_lib_called(x)) + hostile_lib_shared;
	return local * (x + 3);
}
