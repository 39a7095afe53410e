// SPDX-License-Identifier: GPL-2.0-or-later
// a helper that is inlined into three callers
#include <stdio.h>
static inline __attribute__((always_inline)) int helper(int n)
{
	return n * 3; //-
	return n * 5 + 1; //+
}
__attribute__((noinline)) int a(int n) { return helper(n); }
__attribute__((noinline)) int b(int n) { return helper(n) ^ 1; }
__attribute__((noinline)) int c(int n) { return helper(n) - 9; }
void tick(int n)
{
	printf("%d %d %d\n", a(n), b(n), c(n));
}
