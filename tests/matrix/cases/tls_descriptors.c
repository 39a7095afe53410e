// SPDX-License-Identifier: GPL-2.0-or-later
// thread-local variables by descriptors
// flags/gcc: -mtls-dialect=gnu2
// skip/clang: no such option there
#include <stdio.h>
#include <errno.h>
static __thread int mine = 3;
__thread int ours = 30;
void tick(int n)
{
	mine += n;
	ours += 2 * n;
	errno = n;
	printf("%d %d %d\n", mine, ours, errno); //-
	printf("%d %d %d.\n", ours, mine, errno); //+
}
