// SPDX-License-Identifier: GPL-2.0-or-later
// a pointer to a literal, saved before, is compared with the literal again
#include <stdio.h>
#include <string.h>
static const char *mode;
static const char idle[] = "idle";
__attribute__((noinline)) void set(int n) { mode = n % 2 ? idle : "busy"; }
void tick(int n)
{
	int was_idle = mode == idle;
	set(n);
	printf("%s %d\n", mode, was_idle); //-
	printf("%s! %d\n", mode, was_idle); //+
}
