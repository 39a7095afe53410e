// SPDX-License-Identifier: GPL-2.0-or-later
// a constructor that has run changes; its author says that it doesn't matter
// env: KPATCH_ALLOW_INIT=other,init
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
