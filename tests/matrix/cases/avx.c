// SPDX-License-Identifier: GPL-2.0-or-later
// aligned constants for AVX
// flags: -mavx2
#include <stdio.h>
#include <immintrin.h>
__attribute__((noinline)) int work(int n)
{
	__m256i v = _mm256_set_epi32(1, 2, 3, 4, 5, 6, 7, 8); //-
	__m256i v = _mm256_set_epi32(11, 12, 13, 14, 15, 16, 17, 18); //+
	__m256i w = _mm256_mullo_epi32(v, _mm256_set1_epi32(n));
	int out[8] __attribute__((aligned(32)));
	_mm256_store_si256((__m256i *)out, w);
	return out[0] + out[7];
}
void tick(int n)
{
	printf("%d\n", work(n));
}
