// SPDX-License-Identifier: GPL-2.0-or-later
// linked statically: a function and data of libc that are there already
// skip/shared: a library is no program
// libs/nopie: -static
// libs//pie: -static-pie
#include <stdio.h>
#include <string.h>
extern int absent(int) __attribute__((weak));
static int calls;
__attribute__((noinline)) int work(const char *s)
{
	calls++;
	return printf("%s %d\n", s, absent != 0); //-
	return printf("%zu %s %d\n", strlen(s), s, absent != 0); //+
}
void tick(int n)
{
	const char *words[] = { "one", "three", "eleven" };
	printf("%d %d\n", work(words[n % 3]), calls);
}
