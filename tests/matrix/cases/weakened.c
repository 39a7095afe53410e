// SPDX-License-Identifier: GPL-2.0-or-later
// a function becomes weak
// refuse: work became weak
#include <stdio.h>
int work(int n) //-
__attribute__((weak)) int work(int n) //+
{
	return n + 1; //-
	return n + 2; //+
}
void tick(int n)
{
	printf("%d\n", work(n));
}
