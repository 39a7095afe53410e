// SPDX-License-Identifier: GPL-2.0-or-later
// calls of a profiler made NOPs, and a list of them
// flags/gcc: -pg -mfentry -mrecord-mcount -mnop-mcount
// skip/clang: no such option there
// skip/gcc.*/(pie|shared): gcc refuses the option there
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
