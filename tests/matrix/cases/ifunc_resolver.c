// SPDX-License-Identifier: GPL-2.0-or-later
// the choice at start would be another one
// refuse: resolver choose of indirect function work changed; it ran when
#include <stdio.h>
static volatile int which = 1;
static int slow(int n) { return n + 1; }
static int fast(int n) { return n + 2; }
static int (*choose(void))(int)
{
	return which ? slow : fast; //-
	return which ? fast : slow; //+
}
int work(int n) __attribute__((ifunc("choose")));
void tick(int n)
{
	printf("%d\n", work(n));
}
