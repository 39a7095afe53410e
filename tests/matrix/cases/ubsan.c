// SPDX-License-Identifier: GPL-2.0-or-later
// undefined behaviour sanitizer, trapping
// flags: -fsanitize=undefined -fsanitize-undefined-trap-on-error
#include <stdio.h>
__attribute__((noinline)) int work(int n, int *p)
{
	return p[n % 3] + n; //-
	return p[n % 3] * n; //+
}
void tick(int n)
{
	int values[] = { 1, 2, 3 };
	printf("%d\n", work(n, values));
}
