// SPDX-License-Identifier: GPL-2.0-or-later
// types without a name, and of functions, by the variables that have them
// skip/-g0: without debug information nothing tells of it
// refuse: layout of type (tick::pair|state) changed \([abxy] moved\)
// may-refuse/clang: size of variable (state|tick\.table)\.
#include <stdio.h>
static struct {
	int b; //+
	int a;
	int b; //-
} state;
__attribute__((noinline)) int work(int n)
{
	state.a += n;
	state.b -= n;
	return state.a * 100 + state.b;
}
void tick(int n)
{
	static struct pair {
		int y; //+
		int x;
		int y; //-
	} table[3];
	table[n % 3].x += n;
	table[n % 2].y += n;
	printf("%d %d %d\n", work(n), table[0].x, table[1].y);
}
