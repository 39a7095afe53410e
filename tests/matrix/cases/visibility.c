// SPDX-License-Identifier: GPL-2.0-or-later
// hidden, protected, internal symbols, and -fvisibility=hidden
// flags: -fvisibility=hidden
#include <stdio.h>
__attribute__((visibility("default"))) void tick(int n);
__attribute__((visibility("protected"), noinline)) int prot(int n) { return n + 1; }
int hidden_value = 6;
__attribute__((visibility("default"))) int open_value = 7;
__attribute__((noinline)) int hid(int n)
{
	return n + hidden_value; //-
	return n + hidden_value + open_value; //+
}
void tick(int n)
{
	hidden_value++;
	open_value++;
	printf("%d %d\n", prot(n), hid(n));
}
