// SPDX-License-Identifier: GPL-2.0-or-later
// static functions and variables of one name in two files
#include <stdio.h>
int other(int n);
static int value = 5;
__attribute__((noinline)) static int get(int n) { return value += n; }
void tick(int n)
{
	printf("%d %d\n", get(n), other(n)); //-
	printf("%d and %d\n", get(n), other(n)); //+
}
//file: two.c
static int value = 500;
__attribute__((noinline)) static int get(int n)
{
	return value -= n;
}
int other(int n)
{
	return get(n) * 2; //-
	return get(n) * 2 + 1; //+
}
