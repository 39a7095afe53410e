// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

int plugin_function(int x);

static int calls;

int plugin_function(int x)
{
	calls++;
	return x * 2 + x % 3;
}
