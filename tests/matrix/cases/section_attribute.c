// SPDX-License-Identifier: GPL-2.0-or-later
// a function and a variable in named sections
#include <stdio.h>
__attribute__((section(".mydata"))) int number = 8;
__attribute__((section(".mytext"), noinline)) int work(int n)
{
	return number += n; //-
	return number += n, number + 1; //+
}
void tick(int n)
{
	printf("%d\n", work(n)); //-
	printf("%d\n", work(n) - 1); //+
}
