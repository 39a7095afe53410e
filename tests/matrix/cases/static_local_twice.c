// SPDX-License-Identifier: GPL-2.0-or-later
// two static locals of one name in two functions and in two blocks
#include <stdio.h>
__attribute__((noinline)) static int one(int n)
{
	static int state = 1;
	if (n & 1) {
		static int inner = 7;
		inner += 2; //-
		inner += 1 + 1 + n - n; //+
		return inner + state++;
	} else {
		static int inner = 100;
		return inner++ + state;
	}
}
__attribute__((noinline)) static int two(int n)
{
	static int state = 1000;
	return state += n;
}
void tick(int n)
{
	printf("%d\n", one(n) - two(n)); //-
	printf("<%d>\n", one(n) - two(n)); //+
}
