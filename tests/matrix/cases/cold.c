// SPDX-License-Identifier: GPL-2.0-or-later
// a part that is seldom run appears, grows
#include <stdio.h>
#include <stdlib.h>
__attribute__((cold, noinline)) void report(int n)
{
	printf("odd %d\n", n);
}
__attribute__((noinline)) int work(int n)
{
	if (__builtin_expect(n % 3 == 0, 0)) {
		report(n);
		report(n + 1); //+
	}
	if (__builtin_expect(n == 77, 0)) //+
		abort(); //+
	return n + 1;
}
void tick(int n)
{
	printf("%d\n", work(n));
}
