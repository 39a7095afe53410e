// SPDX-License-Identifier: GPL-2.0-or-later
// enumerators at the end, and constants without a type of their own
#include <stdio.h>
enum mode {
	IDLE,
	BUSY,
	DONE, //+
};
enum { LIMIT = 3 }; //-
enum { LIMIT = 4 }; //+
static volatile enum mode mode = IDLE;
void tick(int n)
{
	if (mode != IDLE)
		n++;
	if (mode == DONE) //+
		n = 0; //+
	printf("%d %d\n", n, n > LIMIT);
}
