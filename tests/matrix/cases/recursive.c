// SPDX-License-Identifier: GPL-2.0-or-later
// functions that call each other
#include <stdio.h>
int odd(int n);
__attribute__((noinline)) int even(int n)
{
	return n == 0 ? 1 : odd(n - 1); //-
	return n <= 0 ? 10 : odd(n - 1); //+
}
__attribute__((noinline)) int odd(int n)
{
	return n == 0 ? 0 : even(n - 1);
}
__attribute__((noinline)) static long fact(long n)
{
	return n < 2 ? 1 : n * fact(n - 1); //-
	return n < 2 ? 2 : n * fact(n - 1); //+
}
void tick(int n)
{
	printf("%d %ld\n", even(n), fact(n));
}
