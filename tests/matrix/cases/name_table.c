// SPDX-License-Identifier: GPL-2.0-or-later
// a table of strings changes: data with relocations
#include <stdio.h>
static const char *const names[] = { "zero", "one", "two" }; //-
static const char *const names[] = { "nil", "eins", "zwei", "drei" }; //+
__attribute__((noinline)) const char *name(unsigned n)
{
	return names[n % (sizeof(names) / sizeof(*names))];
}
void tick(int n)
{
	printf("%s\n", name(n));
}
