// SPDX-License-Identifier: GPL-2.0-or-later
// bit fields and unions: code only
#include <stdio.h>
struct bits { unsigned a : 3, b : 7; int c : 12; };
static struct bits state = { 1, 2, 3 };
__attribute__((noinline)) int work(int n)
{
	state.a += n;
	state.b ^= n;
	state.c -= n;
	return state.a * state.b + state.c; //-
	return state.a + state.b * state.c; //+
}
void tick(int n)
{
	printf("%d\n", work(n));
}
