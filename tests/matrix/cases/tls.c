// SPDX-License-Identifier: GPL-2.0-or-later
// thread-local variables of the program, static and not
#include <stdio.h>
static __thread int mine = 3;
__thread int ours = 30;
__attribute__((noinline)) int *where(void) { return &ours; }
void tick(int n)
{
	mine += n;
	ours += 2 * n;
	printf("%d %d\n", mine, ours); //-
	printf("%d %d %d\n", mine, ours, where() == &ours); //+
}
