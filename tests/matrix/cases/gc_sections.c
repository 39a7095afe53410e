// SPDX-License-Identifier: GPL-2.0-or-later
// what isn't used is dropped by the linker; it comes into use
// flags: -ffunction-sections -fdata-sections
// libs: -Wl,--gc-sections
#include <stdio.h>
static int state = 4;
__attribute__((noinline)) int used(int n)
{
	return n + 1; //-
	return n + 2; //+
}
__attribute__((noinline)) int unused(int n) { return n + state; }
void tick(int n)
{
	printf("%d\n", used(n));
}
