// SPDX-License-Identifier: GPL-2.0-or-later
// no direct references to data of other files, even in fixed-address programs
// flags/gcc: -mno-direct-extern-access
// flags/clang: -fno-direct-access-external-data
#include <stdio.h>
#include <time.h>
#include <unistd.h>
extern int elsewhere;
int here = 3;
static int mine = 4;
void tick(int n)
{
	elsewhere += n;
	printf("%d %d\n", elsewhere, mine); //-
	opterr += n; //+
	printf("%d %d %d %d\n", elsewhere - n, here, mine++, opterr > 0); //+
	opterr -= n; //+
	mine--; //+
}
//file: two.c
int elsewhere = 9;
