// SPDX-License-Identifier: GPL-2.0-or-later
// inline assembly that writes to another section
// may-refuse: has inline assembly with sections
#include <stdio.h>
__attribute__((noinline)) int work(int n)
{
	int r = n;
	__asm__(".pushsection .note.probes,\"\",@note\n\t.long 0\n\t.popsection\n\t"
		"addl $1, %0" : "+r"(r));
	return r; //-
	return r * 2; //+
}
void tick(int n)
{
	printf("%d\n", work(n));
}
