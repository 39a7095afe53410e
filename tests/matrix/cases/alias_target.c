// SPDX-License-Identifier: GPL-2.0-or-later
// another function gets a known name
// refuse: alias other_name has another target
#include <stdio.h>
int first(int n) { return n + 5; }
int second(int n) { return n + 50; }
int other_name(int n) __attribute__((alias("first"))); //-
int other_name(int n) __attribute__((alias("second"))); //+
void tick(int n)
{
	printf("%d\n", other_name(n));
}
