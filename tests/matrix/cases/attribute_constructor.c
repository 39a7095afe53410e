// SPDX-License-Identifier: GPL-2.0-or-later
// a constructor that was there stays what it is
#include <stdio.h>
static int set;
__attribute__((constructor)) static void init(void) { set = 4; }
void tick(int n)
{
	printf("%d\n", set + n); //-
	printf("%d\n", set - n); //+
}
