// SPDX-License-Identifier: GPL-2.0-or-later
// a static local keeps its value, in the function that changes
#include <stdio.h>
void tick(int n)
{
	static int calls = 40;
	calls += n;
	printf("%d calls\n", calls); //-
	printf("%d calls, %d\n", calls, n); //+
}
