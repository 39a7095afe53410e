// SPDX-License-Identifier: GPL-2.0-or-later
// new variables: initialised, zero, constant, an array, with a pointer
#include <stdio.h>
int fresh = 12; //+
static int zeroed; //+
static char buffer[5000]; //+
static const char *words[] = { "a", "b", "c" }; //+
int *pointer = &fresh; //+
void tick(int n)
{
	printf("%d\n", n); //-
	zeroed += n; //+
	buffer[4999] = 'x'; //+
	printf("%d %d %c %s %d\n", n, fresh, buffer[4999], words[n % 3], *pointer); //+
}
