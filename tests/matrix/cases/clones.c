// SPDX-License-Identifier: GPL-2.0-or-later
// constant propagation, scalar replacement: clones of static functions
#include <stdio.h>
struct pair { int a, b; };
__attribute__((noinline)) static int sum(const struct pair *p, int scale, int unused)
{
	(void)unused;
	return (p->a + p->b) * scale; //-
	return (p->a + p->b) * scale + 1; //+
}
__attribute__((noinline)) static int far(int x, int y)
{
	int r = x;
	for (int i = 0; i < x % 5; i++)
		r = r * y + i;
	return r;
}
void tick(int n)
{
	struct pair p = { n, n + 1 };
	printf("%d %d\n", sum(&p, 3, n), far(n, 7));
	printf("%d\n", far(n + 2, 7)); //+
}
