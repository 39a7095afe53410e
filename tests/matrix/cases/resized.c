// SPDX-License-Identifier: GPL-2.0-or-later
// a writable variable changes its size
#include <stdio.h>
// refuse: size|grow|initial
static int slots[4]; //-
static int slots[8]; //+
void tick(int n)
{
	slots[n % (sizeof(slots) / sizeof(*slots))] = n;
	printf("%d %d\n", slots[0], slots[3]);
}
