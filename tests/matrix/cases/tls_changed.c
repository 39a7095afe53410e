// SPDX-License-Identifier: GPL-2.0-or-later
// a variable becomes thread-local
// refuse: count (became or ceased to be thread-local|moved from section)|thread-local
#include <stdio.h>
static int count = 3; //-
static __thread int count = 3; //+
void tick(int n)
{
	printf("%d\n", count += n);
}
