// SPDX-License-Identifier: GPL-2.0-or-later
// the address of a patched function is compared with one saved before
#include <stdio.h>
int work(int n);
static int (*saved)(int);
__attribute__((noinline)) int work(int n)
{
	return n + 1; //-
	return n + 2; //+
}
__attribute__((noinline)) int same(void)
{
	int (*volatile now)(int) = work;
	if (!saved)
		saved = work;
	return now == saved;
}
void tick(int n)
{
	printf("%d %s\n", saved ? saved(n) : work(n), same() ? "same" : "differs"); //-
	printf("%d: %s\n", saved ? saved(n) : work(n), same() ? "same" : "differs"); //+
}
