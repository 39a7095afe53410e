// SPDX-License-Identifier: GPL-2.0-or-later
// a constructor that has run changes, and another function with it
// refuse: constructor init changed; it ran when the program started
#include <stdio.h>
static volatile int set;
__attribute__((constructor)) static void init(void)
{
	set = 4; //-
	set = 5; //+
}
void tick(int n)
{
	printf("%d\n", n + set); //-
	printf("%d.\n", n + set); //+
}
