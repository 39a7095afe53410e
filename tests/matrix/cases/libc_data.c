// SPDX-License-Identifier: GPL-2.0-or-later
// libc's data: copied into a fixed-address program, or not
// may-refuse/pie: environ: is in another object, maybe out of reach
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
extern char **environ;
void tick(int n)
{
	fprintf(stdout, "%d\n", n); //-
	fprintf(stdout, "%d %d\n", n, environ != 0 && stderr != stdout); //+
}
