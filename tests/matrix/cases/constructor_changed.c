// SPDX-License-Identifier: GPL-2.0-or-later
// a constructor that has run changes, and another function with it
#include <stdio.h>
static int set;
__attribute__((constructor)) static void init(void)
{
	set = 4; //-
	set = 5; //+
}
void tick(int n)
{
	printf("%d\n", n); //-
	printf("%d.\n", n); //+
}
