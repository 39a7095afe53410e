// SPDX-License-Identifier: GPL-2.0-or-later
// functions and data of libc that the program didn't use
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <getopt.h>
void tick(int n)
{
	printf("%d\n", n); //-
	char *copy = strdup("hello"); //+
	printf("%s %d %d %s\n", copy ? copy : "", n, optind, getenv("nothing?") ? "set" : "unset"); //+
	free(copy); //+
}
