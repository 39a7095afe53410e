// SPDX-License-Identifier: GPL-2.0-or-later
// members get other names, a type is new, a function gets one of its own
#include <stdio.h>
struct pair { long x, y; }; //+
struct state {
	int a; //-
	int first; //+
	union { int u; float f; };
	struct state *next;
	int many[3];
};
static struct state s = { .u = 4 };
__attribute__((noinline)) long work(struct state *p, int n)
{
	struct local { long k, n; } l = { 1, n }; //+
	p->many[n % 3]++;
	p->a += n; //-
	p->first += l.n; //+
	struct pair q = { n, n }; //+
	return p->a; //-
	return p->first * 10 + q.x + q.y + l.k; //+
}
void tick(int n)
{
	printf("%ld %d %d\n", work(&s, n), s.u, s.many[1]);
}
