// SPDX-License-Identifier: GPL-2.0-or-later
// a new function that is chosen at start
// refuse: new indirect function work
#include <stdio.h>
static int fast(int n) { return n + 2; }
static int (*choose(void))(int) { return fast; } //+
int work(int n) __attribute__((ifunc("choose"))); //+
void tick(int n)
{
	printf("%d\n", fast(n)); //-
	printf("%d\n", work(n)); //+
}
