// SPDX-License-Identifier: GPL-2.0-or-later
// members change places
// skip/-g0: without debug information nothing tells of it
// refuse: case\.c:[0-9]*: layout of type state changed \([ab] moved\)
#include <stdio.h>
struct state {
	int b; //+
	int a;
	int b; //-
};
static struct state s;
__attribute__((noinline)) void add(struct state *p, int n) { p->a += n; p->b -= n; }
void tick(int n)
{
	add(&s, n);
	printf("%d %d\n", s.a, s.b);
}
