// SPDX-License-Identifier: GPL-2.0-or-later
// address sanitizer: its constructor registers each global and literal
// flags: -fsanitize=address
// refuse/clang: size of variable __unnamed_1 changed
// skip/shared: its runtime must be the first library
#include <stdio.h>
static int fresh = 4; //+
__attribute__((noinline)) int work(int n)
{
	return n + 1; //-
	fresh++; //+
	return n + 2; //+
}
void tick(int n)
{
	printf("%d\n", work(n)); //-
	printf("%s %d\n", n % 2 ? "a new literal" : "b", work(n)); //+
}
