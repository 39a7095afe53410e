// SPDX-License-Identifier: GPL-2.0-or-later
// a switch with a jump table changes
#include <stdio.h>
__attribute__((noinline)) int pick(int n)
{
	switch (n % 8) {
	case 0: return 17;
	case 1: return 4 * n;
	case 2: return n - 100; //-
	case 2: return n - 200; //+
	case 3: return n ^ 0x55;
	case 4: return printf("four\n");
	case 5: return n << 3;
	case 6: return 66;
	case 7: return n * n; //+
	}
	return -1;
}
void tick(int n)
{
	printf("%d\n", pick(n));
}
