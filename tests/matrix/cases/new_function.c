// SPDX-License-Identifier: GPL-2.0-or-later
// new functions: static, global, recursive, with static state
#include <stdio.h>
int fresh(int n); //+
static int helper(int n); //+
void tick(int n)
{
	printf("%d\n", n); //-
	printf("%d %d\n", n, fresh(n)); //+
}
static int helper(int n) //+
{ //+
	static int depth; //+
	return n ? helper(n - 1) + 1 : depth; //+
} //+
__attribute__((noinline)) int fresh(int n) { return helper(n) * 2; } //+
