// SPDX-License-Identifier: GPL-2.0-or-later
// 128-bit and complex numbers, atomics, long double
#include <stdio.h>
#include <stdatomic.h>
#include <complex.h>
static _Atomic int hits;
static __int128 big = 5;
static long double precise = 1.5L;
__attribute__((noinline)) long work(int n)
{
	atomic_fetch_add(&hits, n);
	big = big * n + 1;
	precise *= 1.25L;
	double complex z = n + 2.0 * I;
	z *= z;
	return (long)creal(z) + (long)big + (long)(precise * 16) + hits; //-
	return (long)cimag(z) - (long)(big >> 3) * 5 + (long)(precise / 0.5L) + atomic_load(&hits) * 7; //+
}
void tick(int n)
{
	printf("%ld\n", work(n));
}
