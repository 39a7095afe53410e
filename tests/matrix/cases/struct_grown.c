// SPDX-License-Identifier: GPL-2.0-or-later
// objects that live already are shorter than the new code believes
// skip/-g0: without debug information nothing tells of it
// refuse: case\.c:[0-9]*: layout of type state changed \(extra is new\)
// may-refuse/clang: size of variable s\.body changed
#include <stdio.h>
#include <stdlib.h>
typedef struct {
	int a;
	int extra; //+
	int b;
} state;
static state *s;
void tick(int n)
{
	if (!s)
		s = calloc(1, sizeof(*s));
	s->a += n;
	s->b -= n;
	s->extra++; //+
	printf("%d %d\n", s->a, s->b);
}
