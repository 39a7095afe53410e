// SPDX-License-Identifier: GPL-2.0-or-later
int confine_library(int x);

static int calls;

int confine_library(int x)
{
	calls++;
	return x * 3;
}
