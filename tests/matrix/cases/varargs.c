// SPDX-License-Identifier: GPL-2.0-or-later
// variable arguments
#include <stdio.h>
#include <stdarg.h>
__attribute__((noinline)) int sum(int n, ...)
{
	va_list ap;
	int total = 0;
	va_start(ap, n);
	while (n--)
		total += va_arg(ap, int); //-
		total = total * 2 + va_arg(ap, int); //+
	va_end(ap);
	return total;
}
void tick(int n)
{
	printf("%d\n", sum(9, n, 2, 3, 4, 5, 6, 7, 8, n));
}
