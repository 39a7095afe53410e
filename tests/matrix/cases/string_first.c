// SPDX-License-Identifier: GPL-2.0-or-later
// a new string before others: they are numbered anew
#include <stdio.h>
// untouched: second
__attribute__((noinline)) void first(int n)
{
	puts("brand new"); //+
	printf("first %d\n", n);
}
__attribute__((noinline)) void second(int n)
{
	printf("second %d\n", n);
	puts("of two");
}
void tick(int n)
{
	first(n);
	second(n);
}
