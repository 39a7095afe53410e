// SPDX-License-Identifier: GPL-2.0-or-later
// a nested function, with a trampoline on the stack
// skip/clang: no nested functions there
#include <stdio.h>
__attribute__((noinline)) int apply(int (*f)(int), int n) { return f(n); }
void tick(int n)
{
	int base = n * 10;
	int inner(int k) { return base + k; } //-
	int inner(int k) { return base + k * 2; } //+
	printf("%d\n", apply(inner, n));
}
