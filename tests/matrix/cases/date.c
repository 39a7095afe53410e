// SPDX-License-Identifier: GPL-2.0-or-later
// __DATE__ and __TIME__ differ between the builds, but nobody changed them
#include <stdio.h>
// replaced: edited
__attribute__((noinline)) int edited(int n)
{
	return n + 1; //-
	return n + 2; //+
}
static const char table[] = __TIME__ " of " __DATE__;
const char *built(int n) { return n < 0 ? table : __DATE__ " " __TIME__; }
void tick(int n)
{
	printf("%d %d\n", edited(n), built(n) != NULL);
}
