// SPDX-License-Identifier: GPL-2.0-or-later
// a variable that nobody uses any more
#include <stdio.h>
static int extra = 4; //-
int kept = 2;
void tick(int n)
{
	extra += n; //-
	printf("%d\n", n + kept);
	kept += extra - extra; //-
}
