// SPDX-License-Identifier: GPL-2.0-or-later
// functions bound within the library, data sections, hidden by default
// flags: -fvisibility=hidden -fdata-sections -ffunction-sections
// flags/gcc: -fno-semantic-interposition
#include <stdio.h>
#define API __attribute__((visibility("default")))
int total = 4;
API int open_total = 8;
API int helper(int n) { return n + total; }
API __attribute__((noinline)) int work(int n)
{
	return helper(n); //-
	return helper(n) * 2 + open_total; //+
}
API void tick(int n);
void tick(int n)
{
	printf("%d\n", work(n));
}
