// SPDX-License-Identifier: GPL-2.0-or-later
// floating constants, long double, __int128, complex
#include <stdio.h>
#include <complex.h>
__attribute__((noinline)) double work(double x)
{
	return x * 1.25 + 3.5; //-
	return x * 2.75 + 4.5; //+
}
__attribute__((noinline)) long double more(long double x) { return x / 3.0L; }
__attribute__((noinline)) double size(double complex z)
{
	return creal(z * (2.0 + 1.0 * I)); //-
	return creal(z * (3.0 + 2.0 * I)); //+
}
void tick(int n)
{
	__int128 big = (__int128)n << 70;
	printf("%.3f %.3Lf %.2f %d\n", work(n), more(n), size(n + 2.0 * I), (int)(big >> 69));
}
