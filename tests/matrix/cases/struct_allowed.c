// SPDX-License-Identifier: GPL-2.0-or-later
// a struct that lives on the stack of the changed function only, says its author
// env: KPATCH_ALLOW_LAYOUT=other,state
#include <stdio.h>
struct state {
	int b; //+
	int a;
	int b; //-
	int c; //+
};
__attribute__((noinline)) void add(struct state *p, int n) { p->a += n; p->b -= 2 * n; }
void tick(int n)
{
	struct state s = { .a = 1, .b = 2 };
	add(&s, n);
	printf("%d %d\n", s.a, s.b); //-
	s.c = s.a * s.b; //+
	printf("%d %d\n", s.a, s.c); //+
}
