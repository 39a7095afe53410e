// SPDX-License-Identifier: GPL-2.0-or-later
// each function and variable in a section of its own
// flags: -ffunction-sections -fdata-sections
#include <stdio.h>
static int count;
__attribute__((noinline)) static int work(int n)
{
	static int own = 9;
	count++;
	return own += n + count; //-
	return own += count + n + 0 * n, own * 2; //+
}
void tick(int n)
{
	printf("%d\n", work(n)); //-
	printf("%d\n", work(n) / 2); //+
}
