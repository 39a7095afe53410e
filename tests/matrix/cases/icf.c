// SPDX-License-Identifier: GPL-2.0-or-later
// two functions of one body, which the compiler makes one: one of them changes
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
	return n * 7 + 3; //-
	return n * 9 + 3; //+
}
__attribute__((noinline)) static int third(int n)
{
	if (n > 1000)
		puts("large");
	return n * 7 + 3;
}
void tick(int n)
{
	printf("%d %d %d\n", first(n), second(n), third(n));
}
