// SPDX-License-Identifier: GPL-2.0-or-later
// a function that isn't there any more
#include <stdio.h>
__attribute__((noinline)) static int doomed(int n) { return n * 9; } //-
void tick(int n)
{
	printf("%d\n", doomed(n)); //-
	printf("%d\n", n * 8); //+
}
