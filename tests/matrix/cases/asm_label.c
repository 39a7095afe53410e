// SPDX-License-Identifier: GPL-2.0-or-later
// symbols renamed by asm("...")
#include <stdio.h>
int odd_name(int n) __asm__("renamed_function");
static int value __asm__("renamed.value") = 4;
__attribute__((noinline)) int odd_name(int n)
{
	return n + value++; //-
	return n - value++; //+
}
void tick(int n)
{
	printf("%d\n", odd_name(n));
}
