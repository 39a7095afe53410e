// SPDX-License-Identifier: GPL-2.0-or-later
// a static function and data of a header, in two files
#include <stdio.h>
#include "common.h"
int other(int n);
void tick(int n)
{
	printf("%d %d\n", shared_helper(n), other(n));
}
//file: common.h
static int helper_calls;
__attribute__((noinline)) static int shared_helper(int n)
{
	helper_calls++;
	return n + helper_calls; //-
	return n * 100 + helper_calls; //+
}
//file: two.c
#include "common.h"
int other(int n)
{
	return shared_helper(n) + shared_helper(n);
}
