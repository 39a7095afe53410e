// SPDX-License-Identifier: GPL-2.0-or-later
// a string literal changes
#include <stdio.h>
void tick(int n)
{
	printf("tick %d is old\n", n); //-
	printf("tick %d is new\n", n); //+
}
