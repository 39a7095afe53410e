// SPDX-License-Identifier: GPL-2.0-or-later
// stack protector
// flags: -fstack-protector-all
#include <stdio.h>
#include <string.h>
__attribute__((noinline)) int work(int n)
{
	char text[32];
	sprintf(text, "%d", n); //-
	sprintf(text, "<%d>", n); //+
	return puts(text);
}
void tick(int n)
{
	work(n);
}
