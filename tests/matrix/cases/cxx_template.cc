// SPDX-License-Identifier: GPL-2.0-or-later
// templates: COMDAT functions in two files
#include <cstdio>
#include "t.h"
int other(int n);
extern "C" void tick(int n)
{
	std::printf("%d %.1f %d\n", twice(n), twice(n + 0.5), other(n));
}
//file: t.h
template <typename T> __attribute__((noinline)) T twice(T v)
{
	return v + v; //-
	return v + v + 1; //+
}
//file: two.cc
#include "t.h"
int other(int n) { return twice(n) + (int)twice((long)n); }
