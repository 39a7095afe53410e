// SPDX-License-Identifier: GPL-2.0-or-later
// debug information with macros; a macro's value changes
// flags/-g$: -g3
// flags/-g/: -g3
#include <stdio.h>
#define STEP 3 //-
#define STEP 4 //+
__attribute__((noinline)) int work(int n) { return n * STEP; }
__attribute__((noinline)) int other(int n) { return n - 1; }
// untouched: other
void tick(int n)
{
	printf("%d %d\n", work(n), other(n));
}
