// SPDX-License-Identifier: GPL-2.0-or-later
// a new constructor
#include <stdio.h>
// refuse: constructor
static volatile int set; //+
__attribute__((constructor)) static void init(void) { set = 1; } //+
void tick(int n)
{
	printf("%d\n", n); //-
	printf("%d %d\n", n, set); //+
}
