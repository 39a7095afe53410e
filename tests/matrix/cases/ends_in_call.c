// SPDX-License-Identifier: GPL-2.0-or-later
// what follows a last call is the next function, to which there are pointers
// (fixed addresses: nothing tells who put the pointer there)
// may-refuse-patch/nopie: is in work .*which may be left over
// flags: -fno-align-functions -fstack-protector-all
// flags/gcc: -fno-toplevel-reorder
#include <stdio.h>
#include <string.h>
int next(int n);
int (*volatile known)(int) = next;
__attribute__((noinline)) int work(const char *s)
{
	char room[32];
	strcpy(room, s);
	return (int)strlen(room); //-
	return (int)strlen(room) + room[0]; //+
}
__attribute__((noinline)) int next(int n) { return n + 1; }
void tick(int n)
{
	printf("%d %d %d\n", work("hello"), next(n), known(n));
}
