// SPDX-License-Identifier: GPL-2.0-or-later
// address sanitizer: redzones around each global
// flags: -fsanitize=address
// skip/shared: its runtime must be the first library
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
