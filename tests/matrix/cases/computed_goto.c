// SPDX-License-Identifier: GPL-2.0-or-later
// an interpreter with a table of labels
#include <stdio.h>
__attribute__((noinline)) int run(const unsigned char *code, int acc)
{
	static const void *const ops[] = { &&end, &&inc, &&twice, &&neg };
	goto *ops[*code++];
inc:
	acc += 1; //-
	acc += 10; //+
	goto *ops[*code++];
twice:
	acc *= 2;
	goto *ops[*code++];
neg:
	acc = -acc;
	goto *ops[*code++];
end:
	return acc;
}
void tick(int n)
{
	static const unsigned char code[] = { 1, 2, 1, 3, 1, 0 };
	printf("%d\n", run(code, n));
}
