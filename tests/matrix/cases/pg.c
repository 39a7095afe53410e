// SPDX-License-Identifier: GPL-2.0-or-later
// code for gprof's mcount
// flags: -pg
// options: --skip-contexts
// (mcount keeps return addresses in tables, which look like contexts)
#include <stdio.h>
__attribute__((noinline)) int work(int n)
{
	return n + 1; //-
	return n + 2; //+
}
void tick(int n)
{
	printf("%d\n", work(n));
}
