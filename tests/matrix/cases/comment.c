// SPDX-License-Identifier: GPL-2.0-or-later
// nothing changes in the code
#include <stdio.h>
// no-change: a comment only
void tick(int n)
{
	// more words //+
	printf("%d\n", n);
}
