// SPDX-License-Identifier: GPL-2.0-or-later
// a new static local stands before an old one of the same name
#include <stdio.h>
__attribute__((noinline)) static int fresh(int n) //+
{ //+
	static int count; //+
	return n ? 5 : count++; //+
} //+
__attribute__((noinline)) static int older(int n)
{
	static int count = 10;
	return count += n;
}
void tick(int n)
{
	printf("%d\n", older(n)); //-
	printf("%d %d\n", older(n), fresh(n)); //+
}
