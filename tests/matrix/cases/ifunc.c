// SPDX-License-Identifier: GPL-2.0-or-later
// a function that is chosen at start
// may-refuse-patch: that nothing in the process is bound to yet
#include <stdio.h>
static int slow(int n) { return n + 1; }
static int fast(int n)
{
	return n + 2; //-
	return n + 3; //+
}
static int (*choose(void))(int) { return fast; }
int work(int n) __attribute__((ifunc("choose")));
void tick(int n)
{
	printf("%d\n", work(n) + slow(0)); //-
	printf("%d.\n", work(n) + slow(0)); //+
}
