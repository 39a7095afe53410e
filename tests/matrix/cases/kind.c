// SPDX-License-Identifier: GPL-2.0-or-later
// a variable becomes a function
// refuse: work is of another kind than in the original
#include <stdio.h>
int work = 4; //-
int work(void) { return 5; } //+
void tick(int n)
{
	printf("%d\n", work + n); //-
	printf("%d\n", work() + n); //+
}
