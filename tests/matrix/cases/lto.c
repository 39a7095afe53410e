// SPDX-License-Identifier: GPL-2.0-or-later
// optimisation at link time: a function of one file inlined into another's
// flags/gcc: -flto
// flags/clang: -flto
// refuse/clang: clang's -flto leaves no assembly of its functions
#include <stdio.h>
int weigh(int);
int count(void);
void tick(int n)
{
	printf("%d %d\n", weigh(n), count());
}
//file: other.c
static int calls;
int weigh(int n)
{
	calls++;
	return n * 3; //-
	return n * 5; //+
}
int count(void)
{
	return calls;
}
