// SPDX-License-Identifier: GPL-2.0-or-later
// a thread-local static local
#include <stdio.h>
__attribute__((noinline)) int work(int n)
{
	static __thread int calls = 5;
	return calls += n; //-
	return (calls += n) * 2; //+
}
void tick(int n)
{
	printf("%d\n", work(n)); //-
	printf("%d\n", work(n) / 2); //+
}
