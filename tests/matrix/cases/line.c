// SPDX-License-Identifier: GPL-2.0-or-later
// lines move: only what is edited changes
#include <stdio.h>
#include <assert.h>
// replaced: edited
__attribute__((noinline)) int edited(int n)
{
	/* a comment //+
	 * that moves all the rest //+
	 */ //+
	return n + 1; //-
	return n + 2; //+
}
__attribute__((noinline)) int checked(int n)
{
	assert(n > 0);
	return n * 2;
}
void tick(int n)
{
	printf("%d\n", checked(edited(n)));
	assert(n < 1000);
	printf("line %d\n", __LINE__ > 10);
}
