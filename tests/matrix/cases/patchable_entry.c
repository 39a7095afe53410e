// SPDX-License-Identifier: GPL-2.0-or-later
// NOPs at the entry only, in which the jump is written
// flags: -fpatchable-function-entry=5
#include <stdio.h>
static int fresh(int n); //+
__attribute__((noinline)) int work(int n)
{
	return n + 1; //-
	return fresh(n) + 2; //+
}
__attribute__((noinline)) static int fresh(int n) { return n * 2; } //+
__attribute__((noinline)) void nothing(void)
{
	__asm__ volatile("nop"); //+
}
void tick(int n)
{
	nothing();
	printf("%d\n", work(n));
}
