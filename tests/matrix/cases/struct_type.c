// SPDX-License-Identifier: GPL-2.0-or-later
// a member becomes unsigned: what is stored there is read in another way
// skip/-g0: without debug information nothing tells of it
// refuse: layout of type state changed \(a has another type\)
#include <stdio.h>
struct state {
	int a; //-
	unsigned a; //+
	int b : 3, c : 5;
};
static struct state s;
__attribute__((noinline)) void add(struct state *p, int n) { p->a -= n; p->b ^= n; }
void tick(int n)
{
	add(&s, n);
	printf("%d\n", s.a / 2 + s.b);
}
