// SPDX-License-Identifier: GPL-2.0-or-later
// assembly in Intel's syntax
// refuse: Intel syntax is not supported
// flags: -masm=intel
#include <stdio.h>
static int total = 5;
__attribute__((noinline)) int work(int n)
{
	switch (n % 6) {
	case 0: total += 1; break;
	case 1: total *= 2; break;
	case 2: total -= 7; break;
	case 3: puts("three"); break;
	case 4: total ^= 12; break;
	}
	return total + n; //-
	return total - n; //+
}
void tick(int n)
{
	printf("%d\n", work(n));
}
