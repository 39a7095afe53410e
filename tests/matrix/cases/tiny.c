// SPDX-License-Identifier: GPL-2.0-or-later
// functions with less room than a jump needs, or just enough
#include <stdio.h>
__attribute__((noinline)) int nothing(int n) { return n; }
__attribute__((noinline)) void tiny_void(void) {}
__attribute__((noinline)) int zero(void)
{
	return 0; //-
	return 1; //+
}
void tick(int n)
{
	tiny_void();
	printf("%d %d\n", zero(), nothing(n));
}
