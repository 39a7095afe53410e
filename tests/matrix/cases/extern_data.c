// SPDX-License-Identifier: GPL-2.0-or-later
// data of another file of the same link, and of a library
// may-refuse/clang-O0.*nopie: daylight: is in another object, maybe out of reach
#include <stdio.h>
#include <time.h>
extern int elsewhere;
extern const int fixed[];
void tick(int n)
{
	printf("%d\n", elsewhere + n); //-
	elsewhere++; //+
	printf("%d %d %d\n", elsewhere + n - 1, fixed[n % 3], daylight * 0); //+
	elsewhere--; //+
}
//file: two.c
int elsewhere = 9;
const int fixed[] = { 5, 6, 7 };
