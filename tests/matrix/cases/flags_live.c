// SPDX-License-Identifier: GPL-2.0-or-later
// flags and the red zone are live where a new global is reached
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static long long sum_lo, sum_hi;
__attribute__((noinline)) void add(unsigned long long a, unsigned long long b)
{
	unsigned __int128 t = ((unsigned __int128)(unsigned long long)sum_hi << 64) |
		(unsigned long long)sum_lo;
	t += ((unsigned __int128)a << 64) | b;
	sum_lo = (long long)t;
	sum_hi = (long long)(t >> 64);
	if (t > (unsigned __int128)b << 3) //+
		errno = 5; //+
}
static int *volatile where = &opterr; //+
__attribute__((noinline)) int leaf(int n)
{
	volatile int room[16];
	for (int i = 0; i < 16; i++)
		room[i] = i * n;
	if (n < 0) //+
		sum_lo += room[n & 15]; //+
	return room[n & 15] + (sum_lo < 0); //-
	return room[n & 15] + (sum_lo < 0) * 1000 + (*where != 0); //+
}
void tick(int n)
{
	add(0x8000000000000000ULL, 0xfffffffffffffff0ULL + (unsigned)n);
	printf("%d %llx %llx\n", leaf(n), sum_hi, sum_lo);
}
