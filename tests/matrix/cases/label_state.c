// SPDX-License-Identifier: GPL-2.0-or-later
// a resumable function keeps the address of a label
#include <stdio.h>
// refuse: label
void tick(int n)
{
	static void *state;
	if (!state)
		state = &&one;
	goto *state;
one:
	printf("one %d\n", n);
	state = &&two;
	return;
two:
	printf("two %d\n", n); //-
	printf("zwei %d\n", n); //+
	state = &&one;
}
