// SPDX-License-Identifier: GPL-2.0-or-later
// a table of functions gets a further one
#include <stdio.h>
static int add(int n) { return n + 1; }
static int sub(int n) { return n - 1; }
static int mul(int n) { return n * 3; } //+
static int (*const table[])(int) = { add, sub }; //-
static int (*const table[])(int) = { mul, add, sub }; //+
__attribute__((noinline)) int call(unsigned n)
{
	return table[n % (sizeof(table) / sizeof(*table))](n);
}
void tick(int n)
{
	printf("%d\n", call(n));
}
