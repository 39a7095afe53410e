// SPDX-License-Identifier: GPL-2.0-or-later
// setjmp and longjmp within and through patched functions
#include <stdio.h>
#include <setjmp.h>
static jmp_buf env;
__attribute__((noinline)) void leave(int n)
{
	if (n % 2)
		longjmp(env, n); //-
		longjmp(env, n * 2); //+
}
void tick(int n)
{
	volatile int seen = n;
	int code = setjmp(env);
	if (!code)
		leave(n);
	printf("%d %d\n", code, seen); //-
	printf("%d: %d\n", code, seen); //+
}
