// SPDX-License-Identifier: GPL-2.0-or-later
// a static helper inlined in many places, with static state of its own
#include <stdio.h>
static inline int next(void)
{
	static int seed = 1;
	seed = seed * 5 + 3;
	return seed % 100; //-
	return seed % 1000; //+
}
__attribute__((noinline)) int a(void) { return next(); }
__attribute__((noinline)) int b(void) { return next() + 1; }
void tick(int n)
{
	int x = a(), y = b();
	printf("%d %d %d\n", n, x, y + next());
}
