// SPDX-License-Identifier: GPL-2.0-or-later
// entries made for patching
// flags: -fpatchable-function-entry=16,14
#include <stdio.h>
static int fresh(int n); //+
__attribute__((noinline)) int work(int n)
{
	return n + 1; //-
	return fresh(n) + 2; //+
}
__attribute__((noinline)) static int fresh(int n) { return n * 2; } //+
void tick(int n)
{
	printf("%d\n", work(n));
}
