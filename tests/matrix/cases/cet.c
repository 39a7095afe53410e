// SPDX-License-Identifier: GPL-2.0-or-later
// code with endbr64
// flags: -fcf-protection=full
#include <stdio.h>
__attribute__((noinline)) int work(int n)
{
	return n + 1; //-
	return n + 2; //+
}
void tick(int n)
{
	int (*volatile p)(int) = work;
	printf("%d\n", p(n));
}
