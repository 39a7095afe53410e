// SPDX-License-Identifier: GPL-2.0-or-later
// a constant table changes, and its user with it
#include <stdio.h>
static const int table[] = { 10, 20, 30, 40 }; //-
static const int table[] = { 11, 21, 31, 41, 51 }; //+
__attribute__((noinline)) int lookup(unsigned n)
{
	return table[n % (sizeof(table) / sizeof(*table))];
}
void tick(int n)
{
	printf("%d\n", lookup(n));
}
