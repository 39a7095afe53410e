// SPDX-License-Identifier: GPL-2.0-or-later
// a weak function that another file overrides
#include <stdio.h>
int strong(int n);
__attribute__((weak)) int hook(int n) { return n; }
__attribute__((weak)) int alone(int n)
{
	return n * 2; //-
	return n * 7; //+
}
extern int absent(int) __attribute__((weak));
void tick(int n)
{
	printf("%d %d %d\n", hook(n), alone(n), absent ? 1 : 0); //-
	printf("%d, %d %d\n", hook(n), alone(n), absent ? 1 : 0); //+
}
//file: two.c
int hook(int n) { return n + 1000; }
