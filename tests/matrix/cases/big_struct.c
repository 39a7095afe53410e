// SPDX-License-Identifier: GPL-2.0-or-later
// structures by value, copied by memcpy, variable length arrays
#include <stdio.h>
struct big { long v[40]; char name[24]; };
__attribute__((noinline)) struct big make(int n)
{
	struct big b = { { n }, "big" }; //-
	struct big b = { { n, n, n }, "bigger" }; //+
	b.v[39] = n;
	return b;
}
__attribute__((noinline)) long take(struct big b, int n)
{
	int vla[n];
	for (int i = 0; i < n; i++)
		vla[i] = i;
	return b.v[0] + b.v[1] + b.v[39] + vla[n - 1]; //-
	return b.v[0] + b.v[1] + b.v[39] - vla[n - 1]; //+
}
void tick(int n)
{
	struct big b = make(n);
	printf("%s %ld\n", b.name, take(b, n + 1));
}
