// SPDX-License-Identifier: GPL-2.0-or-later
// lines inserted above an assert: only the edited function changes
// replaced/-O2|-O3: tick,work
// untouched: checked
#include <stdio.h>
#include <assert.h>
__attribute__((noinline)) int work(int n)
{
	if (n < 0) //+
		return 0; //+
	return n + 1; //-
	return n + 2; //+
}
__attribute__((noinline)) int checked(int n)
{
	assert(n > -100);
	return n * 2;
}
void tick(int n)
{
	printf("%d %d\n", work(n), checked(n));
	printf("%d\n", __LINE__ > 0); //+
}
