// SPDX-License-Identifier: GPL-2.0-or-later
// data of a library, new to the program, in instructions that are no loads
// may-refuse/pie: (opterr|optind): is in another object, maybe out of reach
#include <stdio.h>
#include <unistd.h>
static int dummy = 4;
__attribute__((noinline)) int work(int n)
{
	if (opterr == 77) //+
		optind += n; //+
	opterr = 1; //+
	return n + dummy; //-
	return n - dummy; //+
}
void tick(int n)
{
	printf("%d\n", work(n));
}
