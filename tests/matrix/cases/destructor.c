// SPDX-License-Identifier: GPL-2.0-or-later
// a destructor goes
// refuse: a constructor or destructor was added, removed or changed its place
#include <stdio.h>
__attribute__((destructor)) static void done(void) { puts("done"); } //-
void tick(int n)
{
	printf("%d\n", n); //-
	printf("%d.\n", n); //+
}
