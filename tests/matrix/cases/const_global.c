// SPDX-License-Identifier: GPL-2.0-or-later
// a constant that other files see changes its value
// refuse: value of global constant limit changed
#include <stdio.h>
extern const int limit;
const int limit = 3; //-
const int limit = 4; //+
void tick(int n)
{
	printf("%d\n", *(const volatile int *)&limit + n);
}
