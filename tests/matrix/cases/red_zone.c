// SPDX-License-Identifier: GPL-2.0-or-later
// a leaf function that uses the red zone across global accesses
#include <stdio.h>
int shared_a = 1, shared_b = 2;
__attribute__((noinline)) long leaf(long n)
{
	volatile long v[8];
	for (int i = 0; i < 8; i++)
		v[i] = n + i;
	shared_a += v[3];
	shared_b ^= v[5];
	return v[0] + v[7] + shared_a + shared_b; //-
	return v[0] - v[7] - shared_a + shared_b; //+
}
void tick(int n)
{
	printf("%ld\n", leaf(n));
}
