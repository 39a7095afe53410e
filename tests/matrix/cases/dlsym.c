// SPDX-License-Identifier: GPL-2.0-or-later
// a function that is found by name at run time
#define _GNU_SOURCE
#include <stdio.h>
#include <dlfcn.h>
// flags: -rdynamic
int exported(int n)
{
	return n + 1; //-
	return n + 2; //+
}
void tick(int n)
{
	int (*f)(int) = (int (*)(int))dlsym(RTLD_DEFAULT, "exported");
	printf("%d\n", f ? f(n) : -1);
}
