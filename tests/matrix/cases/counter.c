// SPDX-License-Identifier: GPL-2.0-or-later
// __COUNTER__ and __func__
#include <stdio.h>
#define NAME2(a, b) a##b
#define NAME(a, b) NAME2(a, b)
#define UNIQUE NAME(u, __COUNTER__)
static int UNIQUE = 5;
void tick(int n)
{
	static const char *where = __func__;
	printf("%s %d\n", where, n); //-
	printf("%s: %d %s\n", where, n, __PRETTY_FUNCTION__); //+
}
