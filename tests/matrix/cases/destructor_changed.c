// SPDX-License-Identifier: GPL-2.0-or-later
// a destructor changes: it is still to be run, as the original by then
#include <stdio.h>
static int ticks;
__attribute__((destructor)) static void done(void)
{
	printf("%d ticks\n", ticks); //-
	printf("%d ticks in all\n", ticks); //+
}
void tick(int n)
{
	ticks++;
	printf("%d\n", n);
}
