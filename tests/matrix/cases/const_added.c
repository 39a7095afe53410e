// SPDX-License-Identifier: GPL-2.0-or-later
// a writable variable becomes constant
// refuse: limit moved from section|limit
#include <stdio.h>
int limit = 3; //-
const int limit = 3; //+
void tick(int n)
{
	printf("%d\n", limit + n); //-
	printf("%d.\n", limit + n); //+
}
