// SPDX-License-Identifier: GPL-2.0-or-later
// inline variables and functions, in two files
#include <cstdio>
#include "i.h"
int other(int n);
extern "C" void tick(int n)
{
	std::printf("%d %d\n", step(n), other(n));
}
//file: i.h
inline int total = 5;
inline __attribute__((noinline)) int step(int n)
{
	static int calls = 100;
	total += n;
	return total + calls++; //-
	return total * 2 + calls++; //+
}
//file: two.cc
#include "i.h"
int other(int n) { return step(n) + total; }
