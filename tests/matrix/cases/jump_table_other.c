// SPDX-License-Identifier: GPL-2.0-or-later
// the jump table is in a function that doesn't change
#include <stdio.h>
// untouched: pick
__attribute__((noinline)) int pick(int n)
{
	switch (n % 7) {
	case 0: return 17;
	case 1: return 4 * n;
	case 2: return n - 100;
	case 3: return n ^ 0x55;
	case 4: return printf("four\n");
	case 5: return n << 3;
	case 6: return 66;
	}
	return -1;
}
__attribute__((noinline)) int before(int n)
{
	if (n == 1000) //+
		puts("never"); //+
	return n + 3; //-
	return n + 4; //+
}
void tick(int n)
{
	printf("%d\n", pick(before(n)));
}
