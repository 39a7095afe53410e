// SPDX-License-Identifier: GPL-2.0-or-later
// an enumerator in the middle: live objects have the old numbers
// skip/-g0: without debug information nothing tells of it
// refuse: layout of type mode changed \(BUSY has another value\)
#include <stdio.h>
enum mode {
	IDLE,
	WAITING, //+
	BUSY,
};
static enum mode mode = IDLE;
__attribute__((noinline)) void set(int n) { mode = n % 2 ? BUSY : IDLE; }
void tick(int n)
{
	int was = mode == BUSY;
	set(n);
	printf("%d\n", was);
}
