// SPDX-License-Identifier: GPL-2.0-or-later
// a function that others see becomes hidden
// refuse: work became hidden
#include <stdio.h>
int work(int n) //-
__attribute__((visibility("hidden"))) int work(int n) //+
{
	return n + 1; //-
	return n + 2; //+
}
void tick(int n)
{
	printf("%d\n", work(n));
}
