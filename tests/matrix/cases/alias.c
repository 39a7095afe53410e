// SPDX-License-Identifier: GPL-2.0-or-later
// one function with two names
#include <stdio.h>
__attribute__((noinline)) int real_work(int n)
{
	return n + 5; //-
	return n + 50; //+
}
int other_name(int n) __attribute__((alias("real_work")));
static int third(int n) __attribute__((alias("real_work")));
void tick(int n)
{
	printf("%d %d %d\n", real_work(n), other_name(n), third(n));
}
