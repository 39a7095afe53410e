// SPDX-License-Identifier: GPL-2.0-or-later
// a loop that is vectorised, with constants
#include <stdio.h>
static int data[64];
__attribute__((noinline)) int work(int n)
{
	int sum = 0;
	for (int i = 0; i < 64; i++)
		data[i] = i * 3 + n; //-
		data[i] = i * 5 - n; //+
	for (int i = 0; i < 64; i++)
		sum += data[i];
	return sum;
}
void tick(int n)
{
	printf("%d\n", work(n));
}
