// SPDX-License-Identifier: GPL-2.0-or-later
// a constant object whose address is kept and compared
#include <stdio.h>
struct ops { int (*f)(int); const char *name; };
static int plus(int n) { return n + 1; }
static int minus(int n) { return n - 1; }
static const struct ops a = { plus, "plus" }, b = { minus, "minus" };
static const struct ops *current;
void tick(int n)
{
	if (!current)
		current = &a;
	printf("%s %d\n", current->name, current->f(n)); //-
	printf("%s: %d\n", current->name, current->f(n)); //+
	current = current == &a ? &b : &a;
}
