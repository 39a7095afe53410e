// SPDX-License-Identifier: GPL-2.0-or-later
// thread-local data of libc
#include <stdio.h>
#include <errno.h>
#include <unistd.h>
void tick(int n)
{
	close(-1);
	printf("%d\n", n); //-
	printf("%d %d\n", n, errno == EBADF); //+
}
