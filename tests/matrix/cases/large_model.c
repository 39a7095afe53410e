// SPDX-License-Identifier: GPL-2.0-or-later
// the large code model
// refuse/gcc.*/pie: large code model
// refuse/gcc.*/shared: large code model
// may-refuse/clang: large code model|eh_frame_hdr
// flags: -mcmodel=large
#include <stdio.h>
int calls = 7;
__attribute__((noinline)) int work(int n)
{
	return n + 1; //-
	return n + 2 + calls; //+
}
void tick(int n)
{
	printf("%d %d\n", work(n), calls);
}
