// SPDX-License-Identifier: GPL-2.0-or-later
// linked statically: a function of libc that isn't in the program
// skip/shared: a library is no program
// libs/nopie: -static
// libs//pie: -static-pie
// refuse: wordexp: .*is not in the original, which is linked statically
#include <stdio.h>
#include <wordexp.h>
void tick(int n)
{
	wordexp_t w; //+
	if (wordexp("x", &w, 0)) //+
		n = 0; //+
	printf("%d\n", n);
}
