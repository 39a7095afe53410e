// SPDX-License-Identifier: GPL-2.0-or-later
// a writable variable's initial value changes
#include <stdio.h>
// refuse: initial
int level = 3; //-
int level = 4; //+
void tick(int n)
{
	printf("%d\n", level + n);
}
