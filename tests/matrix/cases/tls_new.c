// SPDX-License-Identifier: GPL-2.0-or-later
// a new thread-local variable
#include <stdio.h>
// refuse: thread-local
static __thread int fresh = 3; //+
void tick(int n)
{
	printf("%d\n", n); //-
	printf("%d\n", fresh += n); //+
}
