// SPDX-License-Identifier: GPL-2.0-or-later
// two functions become equal, so that the compiler makes them one
#include <stdio.h>
__attribute__((noinline)) int first(int n)
{
	if (n > 1000)
		puts("large");
	return n * 7 + 3;
}
__attribute__((noinline)) int second(int n)
{
	if (n > 1000)
		puts("large");
	return n * 9 + 3; //-
	return n * 7 + 3; //+
}
void tick(int n)
{
	printf("%d %d\n", first(n), second(n));
}
