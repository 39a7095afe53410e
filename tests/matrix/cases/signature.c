// SPDX-License-Identifier: GPL-2.0-or-later
// a static function gets a parameter more
#include <stdio.h>
__attribute__((noinline)) static int work(int n) { return n + 1; } //-
__attribute__((noinline)) static int work(int n, int m) { return n + m; } //+
__attribute__((noinline)) int user(int n)
{
	return work(n) * 2; //-
	return work(n, 5) * 2; //+
}
void tick(int n)
{
	printf("%d\n", user(n));
}
