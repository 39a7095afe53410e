// SPDX-License-Identifier: GPL-2.0-or-later
// indirect branches through thunks
// flags/gcc: -mindirect-branch=thunk -mfunction-return=thunk -fcf-protection=none
// flags/clang: -mretpoline
#include <stdio.h>
static int plus(int n) { return n + 1; }
static int minus(int n) { return n - 1; }
static int (*volatile table[])(int) = { plus, minus };
__attribute__((noinline)) int work(int n)
{
	return table[n % 2](n); //-
	return table[(n + 1) % 2](n) + table[0](n); //+
}
void tick(int n)
{
	printf("%d\n", work(n));
}
